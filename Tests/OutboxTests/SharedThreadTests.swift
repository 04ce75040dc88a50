import Dispatch
import Domain
import Outbox
import OutboxMemory
import TestSupport
import Testing

/// Queries of status on the one thread that makes all responses.
@Suite struct SharedThreadTests {
    @Test("A long query of the outbox in memory lets the thread do other work, and ends when it is cancelled")
    func otherWork() async throws {
        let outbox = MemoryOutbox()
        try await outbox.accept((1...5_000).map { "a\($0)" })
        let executor = OneThread()
        let (order, ended) = AsyncStream<String>.makeStream()
        let query = Task(executorPreference: executor) {
            _ = try await outbox.history(of: CorrelationID("w"), HistoryQuery(limit: 1, state: .failed))
            ended.yield("query")
        }
        let other = Task(executorPreference: executor) { ended.yield("other") }
        executor.queue.resume()
        _ = await other.value
        try await query.value
        var first = order.makeAsyncIterator()
        #expect(await first.next() == "other")
        let cancelled = Task(executorPreference: executor) {
            unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
            _ = try await outbox.history(of: CorrelationID("w"), HistoryQuery(limit: 1, state: .failed))
        }
        await #expect(throws: CancellationError.self) { try await cancelled.value }
    }
}

/// Runs tasks on one thread, once its queue is resumed.
private final class OneThread: TaskExecutor {
    let queue: DispatchQueue = {
        let queue = DispatchQueue(label: "test")
        queue.suspend()
        return queue
    }()

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { unsafe job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
