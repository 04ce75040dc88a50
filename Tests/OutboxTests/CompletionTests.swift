import Domain
import Outbox
import TestSupport
import Testing

/// What the outbox knows about completions and registrations that select.
@Suite(.timeLimit(.minutes(1))) struct CompletionTests {
    private let noon = Sample.noon
    private let id = CorrelationID("w")

    private func failed(_ delivery: Delivery) -> AttemptRecord {
        Sample.record(delivery, outcome: .failed(.timeout), verdict: .failed(.timeout), endedAt: noon)
    }

    private func failures(_ outbox: any OutboxRoles) async throws -> [Int64] {
        var query = IntakeQuery.workflow("w")
        query.completions = [id]
        return try await outbox.knowledge(query).failedSequences[id, default: []].map(\.rawValue)
    }

    @Test("A completion is due once the last delivery is final", arguments: OutboxImplementation.all)
    func due(_ implementation: OutboxImplementation) async throws {
        try await implementation.with { outbox in
            let made = try await outbox.accept(["a", "b"])
            try await outbox.change { $0.requestedCompletion = .timedOut }
            try await outbox.record([Sample.delivered(made[0])])
            #expect(try await outbox.dueCompletions(limit: 9).isEmpty)
            try await outbox.record([failed(made[1])])
            #expect(try await outbox.dueCompletions(limit: 9) == [id])
            #expect(try await outbox.workflow()?.requestedCompletion == .timedOut)
            try await outbox.change { workflow in
                workflow.requestedCompletion = nil
                workflow.lastSequence = SequenceNumber(3)
                workflow.completionSequence = SequenceNumber(3)
            }
            #expect(try await outbox.dueCompletions(limit: 9).isEmpty)
            #expect(try await outbox.workflow()?.completionSequence == SequenceNumber(3))
        }
    }

    @Test("A completion without a pending delivery is due at once", arguments: OutboxImplementation.all)
    func dueAtOnce(_ implementation: OutboxImplementation) async throws {
        try await implementation.with { outbox in
            for workflow in ["u", "v", "w"] {
                let made = try await outbox.accept(["a"], of: workflow)
                try await outbox.record([Sample.delivered(made[0])])
                try await outbox.change(workflow) { $0.requestedCompletion = .idle }
            }
            #expect(try await outbox.dueCompletions(limit: 2).count == 2)
            #expect(try await outbox.dueCompletions(limit: 9).count == 3)
        }
    }

    @Test("Failed numbers outlive the history, and a redelivery takes them away", arguments: OutboxImplementation.all)
    func failedSequences(_ implementation: OutboxImplementation) async throws {
        try await implementation.with(keepsFailed: true) { outbox in
            let made = try await outbox.accept(["a", "b", "c", "d"], failing: ["d": .backlogFull])
            try await outbox.record([Sample.delivered(made[0]), failed(made[1]), failed(made[2])])
            #expect(try await failures(outbox) == [2, 3, 4])
            try await outbox.redeliver([2])
            #expect(try await failures(outbox) == [3, 4])
            try await outbox.record([
                Sample.record(
                    made[1], attempt: 2, outcome: .failed(.timeout), verdict: .failed(.timeout), endedAt: noon)
            ])
            #expect(try await failures(outbox) == [2, 3, 4])
            try await outbox.expire(.sample(age: .zero), now: noon + .hours(1))
            #expect(try await outbox.history(of: id)?.deliveries.isEmpty == true)
            #expect(try await failures(outbox) == [2, 3, 4])
        }
    }

    @Test("A registration does not end while its completion is due", arguments: OutboxImplementation.all)
    func registrationIsKept(_ implementation: OutboxImplementation) async throws {
        try await implementation.with { outbox in
            let made = try await outbox.accept(["a"])
            try await outbox.record([Sample.delivered(made[0])])
            try await outbox.change { workflow in
                workflow.completedAt = Sample.noon
                workflow.requestedCompletion = .idle
            }
            let retention = Retention.sample(age: .zero, ttl: .zero, completion: .zero)
            try await outbox.expire(retention, now: noon + .hours(1_000))
            #expect(try await outbox.workflow()?.registration != nil)
            try await outbox.change { $0.requestedCompletion = nil }
            try await outbox.expire(retention, now: noon + .hours(1_000))
            #expect(try await outbox.workflow()?.registration == nil)
        }
    }

    @Test("A registration keeps its secrets and its selection", arguments: OutboxImplementation.all)
    func registration(_ implementation: OutboxImplementation) async throws {
        try await implementation.with { outbox in
            let secrets = try ["a\0b", "\"", "whsec_AAECAwQ="].map { try #require(WebhookSecret(validating: $0)) }
            let filter = DeliveryFilter(events: [.workflowCompleted], types: ["A\0", "é,\""], producers: ["p"])
            let plain = try Sample.registration()
            let registration = Registration(
                id: plain.id, correlationID: id, url: plain.url, secrets: secrets, filter: filter, ordering: .ordered,
                format: .flock, maxRetries: 9)
            var workflow = Workflow(correlationID: id, lastActivityAt: noon)
            workflow.registration = registration
            try await outbox.commit(Acceptance(registrations: [registration], workflows: [workflow]))
            #expect(try await outbox.workflow()?.registration == registration)
        }
    }
}
