internal import HeapModule

/// When the transfers of an engine must have ended, the earliest first.
///
/// libcurl's own timeouts are not used: up to 7.88 at least, it forgets one that lies less than a millisecond behind another
/// event of the same transfer, which then never ends.
package struct Deadlines<ID: Hashable> {
    private struct Entry: Comparable {
        let due: ContinuousClock.Instant
        let id: ID

        static func < (left: Self, right: Self) -> Bool { left.due < right.due }
        static func == (left: Self, right: Self) -> Bool { left.due == right.due }
    }

    private var current: [ID: ContinuousClock.Instant] = [:]
    /// Holds entries that ``current`` does not know any more; they are dropped when they come up, or are too many.
    private var entries: Heap<Entry> = []

    package init() {}

    /// Entries held, outdated ones included.
    package var count: Int { entries.count }

    package var next: ContinuousClock.Instant? { entries.min?.due }

    /// Sets the deadline of a transfer, replacing an earlier one.
    package mutating func set(_ id: ID, _ due: ContinuousClock.Instant) {
        current[id] = due
        entries.insert(Entry(due: due, id: id))
        guard entries.count > 4 * current.count + 1_024 else { return }
        entries = Heap(current.map { Entry(due: $1, id: $0) })
    }

    package mutating func remove(_ id: ID) { current[id] = nil }

    /// Takes out a transfer whose deadline has come.
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
