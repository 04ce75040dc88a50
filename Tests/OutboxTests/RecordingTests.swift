import Domain
import Outbox
import TestSupport
import Testing

@Suite struct RecordingTests {
    private let workflow = CorrelationID("w")

    @Test(arguments: OutboxImplementation.all)
    func aDeliveryWithARetryStaysPending(_ implementation: OutboxImplementation) async throws {
        try await implementation.with { outbox in
            let delivery = try await outbox.accept(["a"])[0]
            try await outbox.record([failure(delivery, 1, .retry(after: .seconds(2)))])
            let history = try #require(try await outbox.history(of: workflow)?.deliveries.first)
            #expect(history.state == .pending)
            #expect(history.nextAttemptAt == Sample.noon + .seconds(2))
            #expect(history.attempts.map(\.number) == [1])
            #expect(history.attempts[0].errorClass == .http(503))
            #expect(history.attempts[0].status == 503)
            #expect(history.attempts[0].duration == .milliseconds(20))
            #expect(try await outbox.load([delivery.id]).count == 1)
            #expect(try await outbox.workflow()?.pending == 1)
        }
    }

    @Test(arguments: OutboxImplementation.all)
    func aDeliveryCanSucceedAfterARetry(_ implementation: OutboxImplementation) async throws {
        try await implementation.with { outbox in
            let delivery = try await outbox.accept(["a"])[0]
            try await outbox.record([failure(delivery, 1, .retry(after: .seconds(2)))])
            try await outbox.record([Sample.delivered(delivery, attempt: 2, endedAt: Sample.noon + .seconds(2))])
            let found = try #require(try await outbox.history(of: workflow))
            #expect(found.deliveries.map(\.state) == [.delivered])
            #expect(found.deliveries[0].attempts.map(\.number) == [1, 2])
            #expect(found.deliveries[0].attempts.map(\.status) == [503, 200])
            #expect(found.deliveries[0].nextAttemptAt == nil)
            #expect(found.summary.delivered == 1 && found.summary.failed == 0)
            #expect(!found.summary.isActive)
            #expect(found.summary.workflow.lastActivityAt == Sample.noon + .seconds(2))
            #expect(try await outbox.load([delivery.id]).isEmpty)
            #expect(await outbox.figures().bytes == 0)
        }
    }

    @Test(arguments: OutboxImplementation.all)
    func aFinalFailureEndsADelivery(_ implementation: OutboxImplementation) async throws {
        try await implementation.with { outbox in
            let made = try await outbox.accept(["a", "b"])
            try await outbox.record([
                failure(made[0], 1, .failed(.http(503))), Sample.delivered(made[1]),
            ])
            let found = try #require(try await outbox.history(of: workflow))
            #expect(found.deliveries.map(\.state) == [.failed(.http(503)), .delivered])
            #expect(found.deliveries.map(\.sequence) == [SequenceNumber(1), SequenceNumber(2)])
            #expect(found.deliveries.map(\.artifactID) == [ArtifactID("a"), ArtifactID("b")])
            #expect(found.deliveries[0].artifactType == "Order")
            #expect(found.summary.delivered == 1 && found.summary.failed == 1)
            #expect(found.summary.workflow.pending == 0)
            #expect(try await outbox.accepted(["a"]) == ["a"], "a failed artifact is not accepted again")
        }
    }

    @Test(arguments: OutboxImplementation.all)
    func aFinalDeliveryStaysFinal(_ implementation: OutboxImplementation) async throws {
        try await implementation.with { outbox in
            let made = try await outbox.accept(["a", "b"])
            for _ in 0..<2 { try await outbox.record([Sample.delivered(made[0])]) }
            let summary = try #require(try await outbox.history(of: workflow)?.summary)
            #expect(summary.delivered == 1)
            #expect(summary.workflow.pending == 1)
            #expect(await outbox.figures().pending == 1)
        }
    }

    @Test("An attempt that is recorded again changes nothing", arguments: OutboxImplementation.all)
    func repeatedRecord(_ implementation: OutboxImplementation) async throws {
        try await implementation.with { outbox in
            let delivery = try await outbox.accept(["a"])[0]
            let first = failure(delivery, 1, .retry(after: .seconds(2)))
            let second = failure(delivery, 2, .retry(after: .seconds(4)))
            for records in [[first], [first, second], [first], [second]] { try await outbox.record(records) }
            let history = try #require(try await outbox.history(of: workflow)?.deliveries.first)
            #expect(history.attempts.map(\.number) == [1, 2])
            #expect(history.nextAttemptAt == Sample.noon + .seconds(4))
            try await outbox.record([Sample.delivered(delivery, attempt: 3)])
            try await outbox.record([failure(delivery, 4, .failed(.timeout))])
            #expect(try await outbox.history(of: workflow)?.deliveries.first?.state == .delivered)
            #expect(try await outbox.history(of: workflow)?.deliveries.first?.attempts.count == 3)
        }
    }

    @Test(arguments: OutboxImplementation.all)
    func workflowsAreListedByLatestActivity(_ implementation: OutboxImplementation) async throws {
        try await implementation.with { outbox in
            var made: [Delivery] = []
            for (index, name) in ["v", "w", "x"].enumerated() {
                made += try await outbox.accept(["a"], of: name, at: Sample.noon + .seconds(index))
            }
            try await outbox.record([Sample.delivered(made[0], endedAt: Sample.noon + .seconds(10))])
            let names = { (filter: WorkflowFilter, limit: Int) in
                try await outbox.workflows(filter, limit: limit).map(\.workflow.correlationID.rawValue)
            }
            #expect(try await names(.all, 10) == ["v", "x", "w"])
            #expect(try await names(.all, 2) == ["v", "x"])
            #expect(try await names(.active, 10) == ["x", "w"])
            #expect(try await names(.active, 1) == ["x"])
            #expect(try await names(.finished, 10) == ["v"])
        }
    }

    private func failure(_ delivery: Delivery, _ attempt: Int, _ verdict: Verdict) -> AttemptRecord {
        Sample.record(
            delivery, attempt: attempt, outcome: .answered(status: 503, retryAfter: nil), verdict: verdict)
    }
}
