import Domain
import Outbox
import TestSupport
import Testing

@Suite struct AcceptanceTests {
    @Test(arguments: OutboxImplementation.all)
    func aNewOutboxIsEmpty(_ implementation: OutboxImplementation) async throws {
        try await implementation.with { outbox in
            var query = IntakeQuery.workflow("w")
            query.artifacts = [ArtifactKey(CorrelationID("w"), ArtifactID("a"))]
            query.origins = [Sample.origin()]
            let knowledge = try await outbox.knowledge(query)
            #expect(knowledge.lastDelivery == DeliveryID(0) && knowledge.lastRegistration == RegistrationID(0))
            #expect(knowledge.workflows.isEmpty && knowledge.accepted.isEmpty)
            #expect(knowledge.pendingBytes == 0 && knowledge.pendingBytesByOrigin == [Sample.origin(): 0])
            #expect(try await outbox.workflows(.all, limit: 10).isEmpty)
            #expect(try await outbox.history(of: CorrelationID("w")) == nil)
            #expect(try await outbox.load([DeliveryID(1)]).isEmpty)
            let figures = await outbox.figures()
            #expect(figures.pending == 0 && figures.bytes == 0 && figures.registrations == 0)
            #expect(figures.oldestPendingSince == nil)
        }
    }

    @Test("Artifact ids keep their spelling, also those that are nearly UUIDs", arguments: OutboxImplementation.all)
    func artifactIDs(_ implementation: OutboxImplementation) async throws {
        let uuid = "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"
        let ids = [
            uuid, uuid.uppercased(), "{\(uuid)", uuid.replacing("-", with: ""), "F" + uuid.dropFirst(),
            "00000000-0000-0000-0000-000000000000", "fifteen bytes..", "sixteen bytes ..", "x", "\u{FF}", "e\u{301}",
            "\u{E9}", "a\0b", String(repeating: "i", count: 256),
        ]
        try await implementation.with { outbox in
            let made = try await outbox.accept(ids)
            #expect(try await outbox.accepted(ids + ["y"]) == Set(ids))
            #expect(try await outbox.load(made.map(\.id)).map(\.artifactID.rawValue).elementsEqual(ids))
            try await outbox.record(made.map { Sample.delivered($0) })
            let history = try #require(try await outbox.history(of: CorrelationID("w")))
            #expect(history.deliveries.map(\.artifactID) == ids.map { ArtifactID($0) })
        }
    }

    @Test(arguments: OutboxImplementation.all)
    func acceptedArtifactsAreRemembered(_ implementation: OutboxImplementation) async throws {
        try await implementation.with { outbox in
            try await outbox.accept(["a", "b"])
            try await outbox.accept(["a"], of: "v")
            let last = try await outbox.knowledge()
            #expect(last.lastDelivery == DeliveryID(3))
            #expect(last.lastRegistration == RegistrationID(2))
            #expect(last.pendingBytes == 6)
            #expect(try await outbox.accepted(["a", "b", "c"]) == ["a", "b"])
            #expect(try await outbox.accepted(["a", "b"], of: "v") == ["a"])
            #expect(try await outbox.accepted(["a"], of: "unknown").isEmpty)
            let workflow = try #require(try await outbox.workflow())
            #expect(workflow.lastSequence == SequenceNumber(2))
            #expect(workflow.pending == 2)
            #expect(workflow.registration == (try Sample.registration()))
            #expect(workflow.completedAt == nil)
        }
    }

    @Test(arguments: OutboxImplementation.all)
    func pendingDeliveriesAreLoadedInTheRequestedOrder(_ implementation: OutboxImplementation) async throws {
        try await implementation.with { outbox in
            let made = try await outbox.accept(["a", "b", "c"], body: #"{"n":1.0}"#)
            try await outbox.record([Sample.delivered(made[1])])
            let loaded = try await outbox.load([3, 9, 2, 1].map { DeliveryID($0) })
            #expect(loaded.map(\.id) == [DeliveryID(3), DeliveryID(1)])
            #expect(loaded[1].artifactID == ArtifactID("a"))
            #expect(loaded[1].sequence == SequenceNumber(1))
            #expect(loaded[1].correlationID == CorrelationID("w"))
            #expect(loaded[1].body == Array(#"{"n":1.0}"#.utf8))
            #expect(loaded[1].registration == made[0].registration)
            #expect(loaded[1].receivedAt == Sample.noon && loaded[1].createdAt == Sample.timeOfDay)
        }
    }

    @Test(arguments: OutboxImplementation.all)
    func aDeliveryKeepsTheRegistrationOfItsAcceptance(_ implementation: OutboxImplementation) async throws {
        try await implementation.with { outbox in
            try await outbox.accept(["a"])
            let newer = try Sample.registration(id: 2, url: "https://new.example/", secret: "new", format: .flock)
            try await outbox.move(to: "https://new.example/", secret: "new", format: .flock)
            #expect(try await outbox.load([DeliveryID(1)]).first?.registration == (try Sample.registration()))
            #expect(try await outbox.workflow()?.registration == newer)
            #expect(try await outbox.knowledge().lastRegistration == RegistrationID(2))
            #expect(try await outbox.history(of: CorrelationID("w"))?.deliveries.first?.origin == Sample.origin())
        }
    }

    @Test(
        "Counts and last activity are right if a delivery ends before the next one is accepted",
        arguments: OutboxImplementation.all)
    func acceptanceBesideRecording(_ implementation: OutboxImplementation) async throws {
        try await implementation.with { outbox in
            let first = try await outbox.accept(["a"])
            let later = Sample.noon + .seconds(5)
            try await outbox.record([Sample.delivered(first[0], endedAt: later)])
            let second = try await outbox.accept(["b"], at: Sample.noon + .seconds(1))
            #expect(try await outbox.workflow()?.pending == 1)
            #expect(try await outbox.workflow()?.lastActivityAt == later)
            #expect(await outbox.figures().pending == 1)
            try await outbox.record([Sample.delivered(second[0], endedAt: later)])
            #expect(try await outbox.workflow()?.pending == 0)
            #expect(try await outbox.workflows(.finished, limit: 10).count == 1)
            #expect(try await outbox.workflows(.active, limit: 10).isEmpty)
        }
    }

    @Test("Acceptances at the same time are numbered one after the other", arguments: OutboxImplementation.all)
    func concurrentAcceptances(_ implementation: OutboxImplementation) async throws {
        try await implementation.with { outbox in
            try await withThrowingTaskGroup { group in
                for number in 1...20 { group.addTask { _ = try await outbox.accept(["a\(number)"]) } }
                for _ in 1...3 {
                    group.addTask { try await outbox.expire(.sample(ttl: .zero), now: Sample.noon + .seconds(1)) }
                }
                try await group.waitForAll()
            }
            #expect(try await outbox.workflow()?.lastSequence == SequenceNumber(20))
            let last = try await outbox.knowledge()
            #expect(last.lastDelivery == DeliveryID(20) && last.lastRegistration == RegistrationID(1))
        }
    }

    @Test("Ids that look alike but differ in bytes are different", arguments: OutboxImplementation.all)
    func idsAreBytes(_ implementation: OutboxImplementation) async throws {
        try await implementation.with { outbox in
            try await outbox.accept(["caf\u{E9}"], of: "caf\u{E9}")
            #expect(try await outbox.workflow("cafe\u{301}") == nil)
            #expect(try await outbox.accepted(["cafe\u{301}"], of: "caf\u{E9}").isEmpty)
            #expect(try await outbox.accepted(["caf\u{E9}"], of: "caf\u{E9}").count == 1)
        }
    }

    @Test(arguments: OutboxImplementation.all)
    func figuresCountWhatIsPending(_ implementation: OutboxImplementation) async throws {
        try await implementation.with { outbox in
            let made = try await outbox.accept(["a", "b"], body: "12345")
            try await outbox.accept(["c"], of: "v", at: Sample.noon + .seconds(7), body: "123")
            var figures = await outbox.figures()
            #expect(figures.pending == 3 && figures.bytes == 13 && figures.registrations == 2)
            #expect(figures.oldestPendingSince == Sample.noon)
            try await outbox.record(made.map { Sample.delivered($0) })
            figures = await outbox.figures()
            #expect(figures.pending == 1 && figures.bytes == 3 && figures.registrations == 2)
            #expect(figures.oldestPendingSince == Sample.noon + .seconds(7))
        }
    }
}
