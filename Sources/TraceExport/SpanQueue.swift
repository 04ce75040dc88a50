internal import DequeModule

/// The spans that wait for their export, at most a fixed number. Pure.
struct SpanQueue {
    enum Addition {
        case added
        /// There is a whole batch now.
        case completedBatch
        /// There is no room, so the span is dropped.
        case full
    }

    private let maxCount: Int
    private let batchSize: Int
    private var waiting: Deque<SpanRecord> = []
    private var mustFlush = false

    /// - Parameters:
    ///   - maxCount: at least 1.
    ///   - batchSize: from 1 to `maxCount`.
    init(maxCount: Int, batchSize: Int) {
        self.maxCount = maxCount
        self.batchSize = batchSize
    }

    var count: Int { waiting.count }

    /// Whether to export spans before the delay is over.
    var isReady: Bool { mustFlush || waiting.count >= batchSize }

    mutating func add(_ span: SpanRecord) -> Addition {
        guard waiting.count < maxCount else { return .full }
        waiting.append(span)
        return waiting.count == batchSize ? .completedBatch : .added
    }

    /// Makes the queue ready until it is empty.
    mutating func flush() { mustFlush = !waiting.isEmpty }

    /// The oldest spans, at most a batch.
    mutating func take() -> [SpanRecord] {
        let batch = Array(waiting.prefix(batchSize))
        waiting.removeFirst(batch.count)
        if waiting.isEmpty { mustFlush = false }
        return batch
    }
}
