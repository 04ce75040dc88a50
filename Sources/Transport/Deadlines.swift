internal import HeapModule

/// The deadlines of an engine's transfers, the earliest first.
///
/// libcurl's own timeouts are not used. Up to 7.88 at least, it loses a timeout that is less than a millisecond after
/// another event of the same transfer, and the transfer then never ends.
package struct Deadlines<ID: Hashable> {
    private struct Entry: Comparable {
        let due: ContinuousClock.Instant
        let id: ID

        static func < (left: Self, right: Self) -> Bool { left.due < right.due }
        static func == (left: Self, right: Self) -> Bool { left.due == right.due }
    }

    private var current: [ID: ContinuousClock.Instant] = [:]
    /// May contain entries that are no longer in ``current``. They are dropped when they are due or become too many.
    private var entries: Heap<Entry> = []

    package init() {}

    /// The number of entries, including outdated ones.
    package var count: Int { entries.count }

    package var next: ContinuousClock.Instant? { entries.min?.due }

    /// Sets or replaces the deadline of a transfer.
    package mutating func set(_ id: ID, _ due: ContinuousClock.Instant) {
        current[id] = due
        entries.insert(Entry(due: due, id: id))
        guard entries.count > 4 * current.count + 1_024 else { return }
        entries = Heap(current.map { Entry(due: $1, id: $0) })
    }

    package mutating func remove(_ id: ID) { current[id] = nil }

    /// Removes and returns a transfer whose deadline has passed.
    package mutating func takeDue(_ now: ContinuousClock.Instant) -> ID? {
        while let first = entries.min, first.due <= now || current[first.id] != first.due {
            entries.removeMin()
            guard current[first.id] == first.due else { continue }
            current[first.id] = nil
            return first.id
        }
        return nil
    }
}
