internal import DequeModule
internal import Domain

/// A first-in, first-out queue that contains each origin at most once.
struct OriginQueue: Sendable {
    private var queue: Deque<Origin> = []
    private var members: Set<Origin> = []

    /// Does nothing if the origin is already queued.
    mutating func append(_ origin: Origin) {
        if members.insert(origin).inserted { queue.append(origin) }
    }

    /// Removes and returns the first origins, at most `count`.
    mutating func takeFirst(_ count: Int) -> [Origin] {
        let taken = Array(queue.prefix(count))
        queue.removeFirst(taken.count)
        members.subtract(taken)
        return taken
    }
}
