import Domain
import Outbox
import OutboxSQLite
import Synchronization
import TestSupport
import Testing

/// How queries of status share their connection.
@Suite(.timeLimit(.minutes(1))) struct HistoryConnectionTests {
    @Test("A transaction is followed by a pause of its length, whichever query makes the next one")
    func pauses() async throws {
        let time = SteppedTime()
        try await with(time) { outbox in
            time.reset()
            try await withThrowingTaskGroup { group in
                for _ in 1...20 { group.addTask { _ = try await outbox.workflows(WorkflowQuery(.all, limit: 1)) } }
                try await group.waitForAll()
            }
            #expect(time.sleeps.count == 19 && time.sleeps.allSatisfy { $0 > .zero })
        }
    }

    @Test("A query that is cancelled while it pauses or waits ends, and makes room for others")
    func cancellation() async throws {
        let time = SteppedTime()
        try await with(time) { outbox in
            time.reset()
            time.hangs.withLock { $0 = true }
            _ = try await outbox.workflows(WorkflowQuery(.all, limit: 1))
            let queries = (1...20).map { _ in Task { try await outbox.workflows(WorkflowQuery(.all, limit: 1)) } }
            try await eventually("a query pauses") { !time.sleeps.isEmpty }
            for query in queries.reversed() {
                query.cancel()
                await #expect(throws: CancellationError.self) { try await query.value }
            }
            time.hangs.withLock { $0 = false }
            #expect(try await outbox.workflows(WorkflowQuery(.all, limit: 1)).workflows.count == 1)
        }
    }

    private func with(_ time: SteppedTime, _ body: (SQLiteOutbox) async throws -> Void) async throws {
        try await TemporaryDirectory.with { directory in
            let outbox = try SQLiteOutbox(path: directory + "/outbox.sqlite", time: time)
            try await outbox.accept(["a"])
            try await body(outbox)
            try await outbox.close()
        }
    }
}

/// Time passes whenever it is read, each time a little less, so that a transaction takes longer than what follows it.
private final class SteppedTime: TimeSource {
    private let state = Mutex(
        (now: Sample.noon, step: Duration.seconds(1), sleeps: [Duration]()))
    /// Whether sleeping tasks wake only when they are cancelled.
    let hangs = Mutex(false)

    var sleeps: [Duration] { state.withLock { $0.sleeps } }

    func reset() { state.withLock { $0.sleeps = [] } }

    func now() -> Moment {
        state.withLock { state in
            state.now = state.now + state.step
            state.step -= .microseconds(1)
            return Sample.moment(state.now)
        }
    }

    func sleep(for wait: Duration) async throws {
        state.withLock { state in
            state.sleeps.append(wait)
            state.now = state.now + wait
        }
        if hangs.withLock({ $0 }) { try await Task.sleep(for: .seconds(3_600)) }
    }
}
