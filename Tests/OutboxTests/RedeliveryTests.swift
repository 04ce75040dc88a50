import Domain
import Outbox
import TestSupport
import Testing

/// Bodies of failed deliveries that are kept, and deliveries that become pending again.
@Suite struct RedeliveryTests {
    private let workflow = CorrelationID("w")
    private let noon = Sample.noon
    private let keeping = Retention.sample(age: .hours(1), ttl: .hours(1), keep: .hours(48))

    @Test(
        "A failed delivery becomes pending again, with its number, body and secret", arguments: OutboxImplementation.all
    )
    func again(_ implementation: OutboxImplementation) async throws {
        try await implementation.with(keepsFailed: true) { outbox in
            let made = try await outbox.accept(["a", "b"], secret: "s", body: "12345")
            try await outbox.record([failure(made[0], 1, retry: true), failure(made[0], 2), Sample.delivered(made[1])])
            #expect(await outbox.figures().bytes == 0)
            #expect(await outbox.figures().pending == 0)
            #expect(try await outbox.load([made[0].id]).isEmpty, "a kept body is not pending")
            let ticket = ticket(made[0], attempts: 2)
            #expect(try await outbox.redeliver() == [1: .possible(ticket)])
            let loaded = try #require(try await outbox.load([made[0].id]).first)
            #expect(loaded.body == made[0].body && loaded.registration == made[0].registration)
            #expect(loaded.sequence == SequenceNumber(1) && loaded.artifactID == ArtifactID("a"))
            let pending = try await outbox.pending(to: Sample.origin(), after: DeliveryID(0), limit: 9)
            #expect(pending == [PendingTicket(ticket: ticket, nextAttemptAt: nil)])
            let summary = try #require(try await outbox.history(of: workflow)?.summary)
            #expect(summary.delivered == 1 && summary.failed == 0 && summary.workflow.pending == 1)
            #expect(await outbox.figures().bytes == 5)
            #expect(await outbox.figures().pending == 1)
            #expect(await outbox.figures().oldestPendingSince == noon)
            #expect(try await outbox.pendingBytes(to: Sample.origin()) == 5)
            #expect(try await outbox.pendingOrigins() == [Sample.origin()])
        }
    }

    @Test(
        "Attempt numbers go on after a redelivery, and it may fail and be redelivered again",
        arguments: OutboxImplementation.all)
    func twice(_ implementation: OutboxImplementation) async throws {
        try await implementation.with(keepsFailed: true) { outbox in
            let made = try await outbox.accept(["a"])
            try await outbox.record([failure(made[0], 1)])
            try await outbox.redeliver()
            try await outbox.record([failure(made[0], 1)])
            #expect(try await outbox.workflow()?.pending == 1, "the attempt before the redelivery is recorded already")
            try await outbox.record([failure(made[0], 2, retry: true)])
            let retried = try await outbox.pending(to: Sample.origin(), after: DeliveryID(0), limit: 9).first
            #expect(retried?.ticket.attempts == 2 && retried?.ticket.attemptsBefore == 1)
            #expect(retried?.nextAttemptAt != nil)
            try await outbox.record([failure(made[0], 3)])
            #expect(try await outbox.redeliver() == [1: .possible(ticket(made[0], attempts: 3))])
            try await outbox.record([Sample.delivered(made[0], attempt: 4)])
            let history = try #require(try await outbox.history(of: workflow))
            #expect(history.deliveries[0].attempts.map(\.number) == [1, 2, 3, 4])
            #expect(history.summary.delivered == 1 && history.summary.failed == 0)
            #expect(try await outbox.redeliver() == [:])
            #expect(try await outbox.redeliver([1]) == [1: .notNeeded])
        }
    }

    @Test(
        "What is pending, delivered, unknown or without a body is not redelivered", arguments: OutboxImplementation.all)
    func others(_ implementation: OutboxImplementation) async throws {
        try await implementation.with(keepsFailed: true) { outbox in
            let made = try await outbox.accept(["a", "b", "c", "d"], failing: ["c": .backlogFull])
            try await outbox.record([Sample.delivered(made[0]), failure(made[3], 1)])
            let failed = Redelivery.possible(ticket(made[3], attempts: 1))
            let found = try await outbox.redeliver([1, 2, 3, 9])
            #expect(found == [1: .notNeeded, 2: .notNeeded, 3: .gone])
            #expect(try await outbox.redeliver() == [3: .gone, 4: failed])
            #expect(try await outbox.redeliver(of: "unknown") == nil)
            #expect(try await outbox.redeliver([1], of: "unknown") == nil)
            #expect(try await outbox.workflow()?.pending == 2)
        }
    }

    @Test("Without keep-failed no body is kept", arguments: OutboxImplementation.all)
    func off(_ implementation: OutboxImplementation) async throws {
        try await implementation.with { outbox in
            let made = try await outbox.accept(["a"])
            try await outbox.record([failure(made[0], 1)])
            #expect(try await outbox.redeliver() == [1: .gone])
            #expect(try await outbox.knowledge().keptBytes == 0)
            #expect(try await outbox.workflow()?.pending == 0)
        }
    }

    @Test(
        "A kept body is dropped when its time is over, and its delivery with the history",
        arguments: OutboxImplementation.all)
    func time(_ implementation: OutboxImplementation) async throws {
        try await implementation.with(keepsFailed: true) { outbox in
            let made = try await outbox.accept(["a", "b"])
            try await outbox.record([failure(made[0], 1), Sample.delivered(made[1])])
            try await outbox.expire(keeping, now: noon + .hours(48))
            let kept = try #require(try await outbox.history(of: workflow))
            #expect(kept.deliveries.map(\.sequence) == [SequenceNumber(1)], "history keeps what can be redelivered")
            #expect(kept.summary.workflow.registration == nil, "its registration ends as ever")
            #expect(try await outbox.knowledge().keptBytes == 2)
            try await outbox.expire(keeping, now: noon + .hours(48) + .milliseconds(1))
            #expect(try await outbox.knowledge().keptBytes == 0)
            #expect(try await outbox.workflow() == nil)
        }
    }

    @Test(
        "A delivery is redelivered after its registration has ended or was replaced",
        arguments: OutboxImplementation.all)
    func endedRegistration(_ implementation: OutboxImplementation) async throws {
        try await implementation.with(keepsFailed: true) { outbox in
            let made = try await outbox.accept(["a"], secret: "s")
            try await outbox.record([failure(made[0], 1)])
            let later = try await outbox.move(to: "https://new.example/", secret: "new", ["b"])
            try await outbox.redeliver()
            #expect(try await outbox.load([made[0].id]).first?.registration == made[0].registration)
            try await outbox.record([failure(made[0], 2), failure(later[0], 1)])
            try await outbox.expire(keeping, now: noon + .hours(2))
            #expect(try await outbox.workflow()?.registration == nil)
            try await outbox.redeliver()
            let loaded = try await outbox.load([made[0].id, later[0].id])
            #expect(loaded.map(\.registration) == [made[0].registration, later[0].registration])
            #expect(Set(try await outbox.pendingOrigins()) == [Sample.origin(), Sample.origin("new")])
        }
    }

    @Test("Kept bodies make room, those that failed first before others", arguments: OutboxImplementation.all)
    func room(_ implementation: OutboxImplementation) async throws {
        try await implementation.with(keepsFailed: true) { outbox in
            let made = try await outbox.accept(["a", "b", "c", "d"], body: "12345")
            for (index, delivery) in [made[2], made[0], made[1]].enumerated() {
                try await outbox.record([failure(delivery, 1, at: noon + .seconds(index))])
            }
            #expect(try await outbox.knowledge().keptBytes == 15)
            #expect(try await outbox.knowledge().pendingBytes == 5)
            try await outbox.commit(Acceptance(maxBytes: 20))
            #expect(try await outbox.knowledge().keptBytes == 15, "twenty bytes fit")
            try await outbox.commit(Acceptance(maxBytes: 19))
            #expect(try await outbox.knowledge().keptBytes == 10)
            let found = try await outbox.redeliver(maxBytes: 14)
            #expect(found?[3] == .gone && found?[1] != .gone && found?[2] != .gone)
            #expect(try await outbox.knowledge().pendingBytes == 15, "what is redelivered is not dropped")
            #expect(try await outbox.knowledge().keptBytes == 0)
            try await outbox.record([failure(made[0], 2)])
            try await outbox.commit(Acceptance(maxBytes: 0))
            #expect(try await outbox.knowledge().pendingBytes == 10)
            #expect(try await outbox.knowledge().keptBytes == 0)
        }
    }

    @Test(
        "history.max-deliveries limits the kept bodies and the other deliveries, each on its own",
        arguments: OutboxImplementation.all)
    func number(_ implementation: OutboxImplementation) async throws {
        try await implementation.with(keepsFailed: true) { outbox in
            let made = try await outbox.accept(["a", "b", "c", "d", "e", "f"])
            for (index, delivery) in made.prefix(3).enumerated() {
                try await outbox.record([failure(delivery, 1, at: noon + .seconds(index))])
            }
            try await outbox.record(made.suffix(3).map { Sample.delivered($0, endedAt: noon + .seconds(9)) })
            try await outbox.expire(.sample(count: 3, keep: .hours(1)), now: noon)
            #expect(try await outbox.history(of: workflow)?.deliveries.count == 6)
            try await outbox.expire(.sample(count: 2, keep: .hours(1)), now: noon)
            #expect(try await outbox.knowledge().keptBytes == 4)
            let left = try await outbox.history(of: workflow)?.deliveries.map(\.sequence.rawValue)
            #expect(
                left?.filter { $0 < 4 } == [2, 3], "the first to fail loses its body, then its place in the history")
            #expect(left?.count == 4)
            try await outbox.expire(.sample(count: 0, keep: .hours(1)), now: noon)
            #expect(try await outbox.history(of: workflow)?.deliveries.isEmpty == true)
        }
    }

    @Test(
        "A redelivered delivery of an earlier registration comes before those of a later one",
        arguments: OutboxImplementation.all)
    func order(_ implementation: OutboxImplementation) async throws {
        try await implementation.with(keepsFailed: true) { outbox in
            let made = try await outbox.accept(["a", "b"], ordering: .ordered)
            try await outbox.record([failure(made[0], 1), Sample.delivered(made[1])])
            let later = try await outbox.move(to: "https://new.example/", ordering: .ordered, ["c"])
            #expect(try await outbox.predecessors(of: [later[0].id]).isEmpty)
            try await outbox.redeliver()
            #expect(try await outbox.predecessors(of: [later[0].id]) == [later[0].id: made[0].id])
            #expect(try await outbox.predecessors(of: [made[0].id]).isEmpty)
        }
    }

    @Test(
        "A kept failure is an outcome of its origin, and a redelivery is no retry", arguments: OutboxImplementation.all)
    func outcomes(_ implementation: OutboxImplementation) async throws {
        try await implementation.with(keepsFailed: true) { outbox in
            let made = try await outbox.accept(["a", "b"])
            try await outbox.record([Sample.delivered(made[0])])
            try await outbox.record([failure(made[1], 1, at: noon + .seconds(1))])
            let failed = OriginOutcome(origin: Sample.origin(), state: .failed(.http(503)), isRetrying: false)
            #expect(try await outbox.latestOutcomes(ofLast: 1) == [failed])
            try await outbox.redeliver()
            let before = OriginOutcome(origin: Sample.origin(), state: .delivered, isRetrying: false)
            #expect(try await outbox.latestOutcomes(ofLast: 9) == [before])
            try await outbox.record([failure(made[1], 2, retry: true)])
            #expect(try await outbox.latestOutcomes(ofLast: 9).map(\.isRetrying) == [true])
        }
    }

    private func ticket(_ delivery: Delivery, attempts: Int) -> Ticket {
        var ticket = delivery.ticket
        ticket.attempts = attempts
        ticket.attemptsBefore = attempts
        return ticket
    }

    private func failure(
        _ delivery: Delivery, _ attempt: Int, retry: Bool = false, at time: SteadyTime = Sample.noon
    ) -> AttemptRecord {
        Sample.record(
            delivery, attempt: attempt, outcome: .answered(status: 503, retryAfter: nil),
            verdict: retry ? .retry(after: .seconds(2)) : .failed(.http(503)), endedAt: time)
    }
}
