internal import DequeModule
internal import Events

/// Origins in the order in which they came, each once.
struct OriginQueue: Sendable {
    private var queue: Deque<Origin> = []
    private var members: Set<Origin> = []

    /// Does nothing for one that is in it already.
    mutating func append(_ origin: Origin) {
        if members.insert(origin).inserted { queue.append(origin) }
    }

    /// Takes out the first ones, at most so many.
    mutating func takeFirst(_ most: Int) -> [Origin] {
        let taken = Array(queue.prefix(most))
        queue.removeFirst(taken.count)
        members.subtract(taken)
        return taken
    }
}
