internal import Domain
internal import HeapModule

/// A priority queue of values with due times, the earliest first.
struct DueQueue<Value: Sendable>: Sendable {
    private struct Waiting: Comparable, Sendable {
        let due: MonotonicTime
        let value: Value

        static func < (left: Self, right: Self) -> Bool { left.due < right.due }
        static func == (left: Self, right: Self) -> Bool { left.due == right.due }
    }

    private var waiting: Heap<Waiting> = []

    var nextDue: MonotonicTime? { waiting.min?.due }

    mutating func insert(_ value: Value, due: MonotonicTime) { waiting.insert(Waiting(due: due, value: value)) }

    /// Removes and returns the first value, if it is due.
    mutating func takeDue(_ now: MonotonicTime) -> (value: Value, due: MonotonicTime)? {
        guard let first = waiting.min, first.due <= now else { return nil }
        waiting.removeMin()
        return (first.value, first.due)
    }
}
