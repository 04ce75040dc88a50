internal import DequeModule
internal import Domain

/// Origins in the order in which they came, each once.
struct OriginQueue: Sendable {
    private var queue: Deque<Origin> = []
    private var members: Set<Origin> = []

    /// Does nothing for one that is in it already.
    mutating func append(_ origin: Origin) {
        if members.insert(origin).inserted { queue.append(origin) }
    }

    /// Takes out the first ones, at most `count`.
    mutating func takeFirst(_ count: Int) -> [Origin] {
        let taken = Array(queue.prefix(count))
        queue.removeFirst(taken.count)
        members.subtract(taken)
        return taken
    }
}
