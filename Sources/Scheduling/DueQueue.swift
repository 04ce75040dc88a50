internal import Domain
internal import HeapModule

/// Things that wait for their time, the earliest first.
struct DueQueue<Value: Sendable>: Sendable {
    private struct Waiting: Comparable, Sendable {
        let due: MonotonicTime
        let value: Value

        static func < (left: Self, right: Self) -> Bool { left.due < right.due }
        static func == (left: Self, right: Self) -> Bool { left.due == right.due }
    }

    private var waiting: Heap<Waiting> = []

    /// When the first of them is due.
    var nextDue: MonotonicTime? { waiting.min?.due }

    mutating func insert(_ value: Value, due: MonotonicTime) { waiting.insert(Waiting(due: due, value: value)) }

    /// Takes the first one out if its time has come.
    mutating func takeDue(_ now: MonotonicTime) -> (value: Value, due: MonotonicTime)? {
        guard let first = waiting.min, first.due <= now else { return nil }
        waiting.removeMin()
        return (first.value, first.due)
    }
}
