import Outbox
import Domain
import TestSupport
import Testing

@Suite struct PendingTests {
    private let first = DeliveryID(0)

    @Test(arguments: OutboxImplementation.all)
    func originsWithPendingDeliveriesAreListed(_ implementation: OutboxImplementation) async throws {
        try await implementation.with { outbox in
            #expect(try await outbox.pendingOrigins().isEmpty)
            let made = try await outbox.accept(["a"], registration: "https://a.example/", of: "v")
            try await outbox.accept(["c", "d"], registration: "http://b.example:8080/")
            let other = Origin(scheme: .http, host: "b.example", port: 8_080)
            #expect(Set(try await outbox.pendingOrigins()) == [Sample.origin(), other])
            #expect(try await outbox.pendingBytes(to: other) == 4)
            #expect(try await outbox.pendingBytes(to: Sample.origin("unknown")) == 0)
            try await outbox.record([Sample.delivered(made[0])])
            #expect(try await outbox.pendingOrigins() == [other])
            #expect(try await outbox.pendingBytes(to: Sample.origin()) == 0)
        }
    }

    @Test(arguments: OutboxImplementation.all)
    func ticketsAreReadInOrderAndInPages(_ implementation: OutboxImplementation) async throws {
        try await implementation.with { outbox in
            let made = try await outbox.accept(["a", "b", "c", "d"], body: "12345")
            try await outbox.accept(["a"], registration: "https://b.example/", of: "v")
            try await outbox.record([Sample.delivered(made[1])])
            let ids = { (after: Int64, limit: Int) in
                let found = try await outbox.pending(to: Sample.origin(), after: DeliveryID(after), limit: limit)
                return found.map(\.ticket.id.rawValue)
            }
            #expect(try await ids(0, 10) == [1, 3, 4])
            #expect(try await ids(0, 2) == [1, 3])
            #expect(try await ids(1, 2) == [3, 4])
            #expect(try await ids(2, 1) == [3])
            #expect(try await ids(4, 10).isEmpty)
            let ticket = try #require(try await outbox.pending(to: Sample.origin(), after: first, limit: 1).first)
            #expect(ticket == PendingTicket(ticket: made[0].ticket, nextAttemptAt: nil))
        }
    }

    @Test(arguments: OutboxImplementation.all)
    func aTicketHasItsPreviousAttempts(_ implementation: OutboxImplementation) async throws {
        try await implementation.with { outbox in
            let made = try await outbox.accept(["a"], registration: "https://a.example/", ordering: .ordered)
            for number in 1...2 {
                try await outbox.record([
                    Sample.record(
                        made[0], attempt: number, outcome: .failed(.timeout), verdict: .retry(after: .seconds(number)))
                ])
            }
            let found = try #require(try await outbox.pending(to: Sample.origin(), after: first, limit: 9).first)
            #expect(found.ticket.attempts == 2)
            #expect(found.ticket.orderedWorkflow == CorrelationID("w"))
            #expect(found.nextAttemptAt == Sample.noon + .seconds(2))
        }
    }

    @Test(
        "A delivery accepted as failed has a number, is remembered and is never sent",
        arguments: OutboxImplementation.all)
    func failedOnAcceptance(_ implementation: OutboxImplementation) async throws {
        try await implementation.with { outbox in
            let made = try await outbox.accept(["a", "b"], failing: ["b": .backlogFull])
            #expect(try await outbox.workflow()?.pending == 1)
            #expect(try await outbox.workflow()?.lastSequence == SequenceNumber(2))
            #expect(try await outbox.accepted(["a", "b"]) == ["a", "b"])
            #expect(try await outbox.load(made.map(\.id)).map(\.id) == [made[0].id])
            #expect(await outbox.figures().pending == 1)
            #expect(try await outbox.pendingBytes(to: Sample.origin()) == 2)
            let found = try #require(try await outbox.history(of: CorrelationID("w")))
            #expect(found.deliveries.map(\.state) == [.pending, .failed(.backlogFull)])
            #expect(found.summary.failed == 1)
            #expect(found.deliveries[1].attempts.isEmpty)
            try await outbox.expire(.sample(age: .seconds(1)), now: Sample.noon + .seconds(2))
            #expect(try await outbox.history(of: CorrelationID("w"))?.deliveries.count == 1)
            #expect(try await outbox.accepted(["b"]) == ["b"])
        }
    }

    @Test(
        "Artifacts before and after a registration in one batch use different registrations",
        arguments: OutboxImplementation.all)
    func registrationInTheMiddle(_ implementation: OutboxImplementation) async throws {
        try await implementation.with { outbox in
            try await outbox.accept(["a"])
            let (old, new) = try await outbox.acceptAroundRegistration()
            #expect(try await outbox.load([old.id, new.id]).map(\.registration) == [old, new].map(\.registration))
            #expect(try await outbox.workflow()?.registration == new.registration)
            #expect(await outbox.figures().registrations == 1)
        }
    }

    @Test(
        "An ordered workflow that moved to a new origin waits for its deliveries to the old one",
        arguments: OutboxImplementation.all)
    func predecessors(_ implementation: OutboxImplementation) async throws {
        try await implementation.with { outbox in
            let free = try await outbox.accept(["0"])
            let old = try await outbox.move(to: "https://old.example/", ordering: .ordered, ["1", "2", "3"])
            let new = try await outbox.move(to: "https://new.example/", ordering: .ordered, ["4", "5"])
            let other = try await outbox.accept(["x"], ordering: .ordered, of: "v")
            let all = (free + old + new + other).map(\.id)
            #expect(try await outbox.predecessors(of: all) == [new[0].id: old[2].id, new[1].id: old[2].id])

            try await outbox.record([Sample.delivered(old[0]), Sample.delivered(old[1])])
            #expect(try await outbox.predecessors(of: all) == [new[0].id: old[2].id, new[1].id: old[2].id])
            try await outbox.record([Sample.delivered(old[2])])
            #expect(try await outbox.predecessors(of: all).isEmpty)
        }
    }

    @Test("Any id and any body is read back unchanged", arguments: OutboxImplementation.all)
    func exactTexts(_ implementation: OutboxImplementation) async throws {
        try await implementation.with { outbox in
            let names = ["a\0b", "a\0c", "\u{1F600}", "'; DROP TABLE deliveries; --", " "]
            for name in names {
                let made = try await outbox.accept([name], of: name, body: name == " " ? "" : name + "\0")
                let loaded = try #require(try await outbox.load([made[0].id]).first)
                #expect(loaded.correlationID == CorrelationID(name) && loaded.artifactID == ArtifactID(name))
                #expect(loaded.body == made[0].body)
                #expect(try await outbox.accepted(names, of: name) == [name])
            }
        }
    }

    @Test(arguments: OutboxImplementation.all)
    func latestOutcomesOfOriginsAreKnown(_ implementation: OutboxImplementation) async throws {
        try await implementation.with { outbox in
            let end = { (origin: String, outcome: AttemptOutcome, verdict: Verdict, second: Int) in
                let made = try await outbox.accept(
                    ["a\(second)"], registration: "https://\(origin).example/", of: "w\(second)")
                try await outbox.record([
                    Sample.record(
                        made[0], outcome: outcome, verdict: verdict, endedAt: Sample.noon + .seconds(second))
                ])
            }
            let ok = AttemptOutcome.answered(status: 200, retryAfter: nil)
            try await end("turned", ok, .delivered, 1)
            try await end("turned", .failed(.timeout), .failed(.timeout), 2)
            try await end("mended", .failed(.timeout), .failed(.timeout), 3)
            try await end("mended", ok, .delivered, 4)
            try await end("trouble", ok, .delivered, 5)
            try await end("trouble", .failed(.timeout), .retry(after: .seconds(1)), 6)
            try await end("waits", ok, .delivered, 7)
            try await outbox.accept(["b"], registration: "https://waits.example/", of: "w8")
            let outcomes = Set(try await outbox.latestOutcomes(ofLast: 100))
            #expect(
                outcomes == [
                    OriginOutcome(origin: Sample.origin("turned"), state: .failed(.timeout), isRetrying: false),
                    OriginOutcome(origin: Sample.origin("mended"), state: .delivered, isRetrying: false),
                    OriginOutcome(origin: Sample.origin("trouble"), state: .delivered, isRetrying: true),
                    OriginOutcome(origin: Sample.origin("waits"), state: .delivered, isRetrying: false),
                ])
            #expect(try await outbox.latestOutcomes(ofLast: 1).map(\.origin) == [Sample.origin("waits")])
        }
    }
}
