import Domain
import Outbox
import TestSupport
import Testing

@Suite struct RetentionTests {
    private let noon = Sample.noon
    private let workflow = CorrelationID("w")

    @Test("History is deleted by age; sequence numbers and artifact ids are kept", arguments: OutboxImplementation.all)
    func historyByAge(_ implementation: OutboxImplementation) async throws {
        try await implementation.with { outbox in
            let made = try await outbox.accept(["a", "b"])
            try await outbox.record([Sample.delivered(made[0], endedAt: noon)])
            try await outbox.record([Sample.delivered(made[1], endedAt: noon + .hours(2))])
            try await outbox.expire(.sample(age: .hours(1)), now: noon + .hours(1))
            #expect(try await outbox.history(of: workflow)?.deliveries.count == 2)
            try await outbox.expire(.sample(age: .hours(1)), now: noon + .hours(2))
            #expect(try await outbox.history(of: workflow)?.deliveries.map(\.artifactID.rawValue) == ["b"])
            try await outbox.expire(.sample(age: .hours(1)), now: noon + .hours(4))
            #expect(try await outbox.history(of: workflow)?.deliveries.isEmpty == true)
            #expect(try await outbox.accepted(["a", "b"]) == ["a", "b"])
            #expect(try await outbox.workflow()?.lastSequence == SequenceNumber(2))
        }
    }

    @Test(arguments: OutboxImplementation.all)
    func historyIsLimitedByNumber(_ implementation: OutboxImplementation) async throws {
        try await implementation.with { outbox in
            let made = try await outbox.accept(["a", "b", "c", "d"])
            for (seconds, delivery) in [made[2], made[0], made[1]].enumerated() {
                try await outbox.record([Sample.delivered(delivery, endedAt: noon + .seconds(seconds))])
            }
            try await outbox.expire(.sample(count: 2), now: noon)
            let left = try await outbox.history(of: workflow)?.deliveries.map(\.artifactID.rawValue)
            #expect(left == ["a", "b", "d"], "the first to finish is deleted first, the pending one stays")
            try await outbox.expire(.sample(count: 0), now: noon)
            #expect(try await outbox.history(of: workflow)?.deliveries.map(\.artifactID.rawValue) == ["d"])
        }
    }

    @Test(arguments: OutboxImplementation.all)
    func anIdleRegistrationIsDeleted(_ implementation: OutboxImplementation) async throws {
        try await implementation.with { outbox in
            let made = try await outbox.accept(["a"])
            try await outbox.expire(.sample(ttl: .hours(1)), now: noon + .hours(20))
            #expect(try await outbox.workflow()?.registration != nil, "nothing is deleted while a delivery is pending")
            try await outbox.record([Sample.delivered(made[0], endedAt: noon + .hours(2))])
            try await outbox.expire(.sample(ttl: .hours(1)), now: noon + .hours(3))
            #expect(try await outbox.workflow()?.registration != nil)
            try await outbox.expire(.sample(ttl: .hours(1)), now: noon + .hours(3) + .milliseconds(1))
            #expect(try await outbox.workflow()?.registration == nil)
            #expect(try await outbox.workflow()?.lastSequence == SequenceNumber(1))
            #expect(await outbox.figures().registrations == 0)
        }
    }

    @Test(
        "Sequence numbers and artifact ids are kept for a day after the last artifact",
        arguments: OutboxImplementation.all)
    func numbering(_ implementation: OutboxImplementation) async throws {
        try await implementation.with { outbox in
            let made = try await outbox.accept(["a"])
            try await outbox.record([Sample.delivered(made[0], endedAt: noon)])
            let short = Retention.sample(age: .hours(1), ttl: .hours(1))
            try await outbox.expire(short, now: noon + .hours(24))
            #expect(try await outbox.workflow()?.lastSequence == SequenceNumber(1))
            #expect(try await outbox.accepted(["a"]) == ["a"])
            try await outbox.expire(short, now: noon + .hours(24) + .milliseconds(1))
            #expect(try await outbox.workflow() == nil)
            #expect(try await outbox.accepted(["a"]).isEmpty)
        }
    }

    @Test("A registration keeps the sequence numbers while it exists", arguments: OutboxImplementation.all)
    func registrationKeepsNumbers(_ implementation: OutboxImplementation) async throws {
        try await implementation.with { outbox in
            let made = try await outbox.accept(["a"])
            try await outbox.record([Sample.delivered(made[0], endedAt: noon)])
            try await outbox.expire(.sample(age: .hours(1), ttl: .hours(100)), now: noon + .hours(90))
            #expect(try await outbox.workflow()?.lastSequence == SequenceNumber(1))
            #expect(try await outbox.workflow()?.registration != nil)
        }
    }

    @Test("History that is kept for longer than a day stays visible", arguments: OutboxImplementation.all)
    func longHistory(_ implementation: OutboxImplementation) async throws {
        try await implementation.with { outbox in
            let made = try await outbox.accept(["a"])
            try await outbox.record([Sample.delivered(made[0], endedAt: noon)])
            let long = Retention.sample(age: .hours(24 * 7), ttl: .hours(1))
            try await outbox.expire(long, now: noon + .hours(48))
            #expect(try await outbox.history(of: workflow)?.deliveries.count == 1)
            #expect(try await outbox.workflows(.all, limit: 10).count == 1)
            try await outbox.expire(long, now: noon + .hours(24 * 7 + 1))
            #expect(try await outbox.history(of: workflow) == nil)
        }
    }

    @Test("The registration of a completed workflow is deleted", arguments: OutboxImplementation.all)
    func completeWorkflow(_ implementation: OutboxImplementation) async throws {
        try await implementation.with { outbox in
            let made = try await outbox.accept(["a"])
            try await outbox.change { $0.completedAt = Sample.noon }
            let retention = Retention.sample(completion: .seconds(2))
            try await outbox.expire(retention, now: noon + .seconds(9))
            #expect(try await outbox.workflow()?.registration != nil, "nothing is deleted while a delivery is pending")
            try await outbox.record([Sample.delivered(made[0], endedAt: noon + .seconds(1))])
            try await outbox.expire(retention, now: noon + .seconds(2))
            #expect(try await outbox.workflow()?.registration != nil)
            try await outbox.expire(retention, now: noon + .seconds(3))
            #expect(try await outbox.workflow()?.registration == nil)
            #expect(try await outbox.history(of: workflow)?.deliveries.first?.origin == Sample.origin())
        }
    }

    @Test("Ids of deleted rows are never reused", arguments: OutboxImplementation.all)
    func idsSurvive(_ implementation: OutboxImplementation) async throws {
        try await implementation.with { outbox in
            let made = try await outbox.accept(["a"])
            try await outbox.record([Sample.delivered(made[0], endedAt: noon)])
            try await outbox.expire(.sample(age: .zero, count: 0, ttl: .zero), now: noon + .hours(1_000))
            let last = try await outbox.knowledge()
            #expect(last.lastDelivery == DeliveryID(1))
            #expect(last.lastRegistration == RegistrationID(1))
        }
    }
}
