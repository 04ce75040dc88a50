import Outbox
import Domain
import Foundation
import OutboxSQLite
import TestSupport
import Testing

@Suite struct SQLiteFileTests {
    private let workflow = CorrelationID("w")

    @Test("The connection syncs every commit and overwrites deleted data")
    func connectionIsSetUp() async throws {
        try await TemporaryDirectory.with { directory in
            for _ in 0..<2 {
                let outbox = try SQLiteOutbox(path: directory + "/outbox.sqlite")
                let storage = try await outbox.storage()
                #expect(storage.journalMode == "wal")
                #expect(storage.synchronous == 2)
                #expect(storage.secureDelete == 1)
                #expect(storage.foreignKeys)
                #expect(storage.autoVacuum == 2)
                try await outbox.close()
            }
        }
    }

    @Test func filesAreReadableByTheirOwnerOnly() async throws {
        try await TemporaryDirectory.with { directory in
            let path = directory + "/outbox.sqlite"
            #expect(
                FileManager.default.createFile(
                    atPath: path, contents: nil, attributes: [.posixPermissions: NSNumber(value: 0o644)]))
            let outbox = try SQLiteOutbox(path: path)
            try await outbox.accept(["a"])
            for suffix in ["", "-wal", "-shm", ".reserve"] {
                let attributes = try FileManager.default.attributesOfItem(atPath: path + suffix)
                #expect(attributes[.posixPermissions] as? NSNumber == 0o600, "\(suffix)")
            }
            try await outbox.close()
        }
    }

    @Test func everythingIsThereAfterReopening() async throws {
        try await TemporaryDirectory.with { directory in
            let path = directory + "/outbox.sqlite"
            var outbox = try SQLiteOutbox(path: path)
            let made = try await outbox.accept(["a", "b", "c"], secret: "s", ordering: .ordered, body: "12345")
            try await outbox.record([Sample.delivered(made[0]), retry(made[1])])
            let before = try await View(outbox, made)
            try await outbox.close()

            outbox = try SQLiteOutbox(path: path)
            #expect(outbox.openReport.setAside == nil)
            #expect(outbox.openReport.pending == 2 && outbox.openReport.pendingBytes == 10)
            #expect(try await View(outbox, made) == before)
            #expect(try await outbox.accept(["d"]).first?.id == DeliveryID(4))
            try await outbox.close()
        }
    }

    @Test("A returned commit is in the file and visible to other processes")
    func othersSeeWhatIsCommitted() async throws {
        try await TemporaryDirectory.with { directory in
            let path = directory + "/outbox.sqlite"
            let outbox = try SQLiteOutbox(path: path)
            let made = try await outbox.accept(["a", "b"], body: "12345")
            try await outbox.record([Sample.delivered(made[0])])
            let history = "SELECT delivery, substr(artifact_id, 2), reason, attempts, status FROM history"
            #expect(try await SQLiteTool.rows(path, history) == ["1|a||1|200"])
            let pending = "SELECT id, substr(artifact_id, 2), body FROM pending"
            #expect(try await SQLiteTool.rows(path, pending) == ["2|b|12345"])
            #expect(try await SQLiteTool.rows(path, "PRAGMA integrity_check") == ["ok"])
            try await outbox.close()
        }
    }

    @Test("An empty file gets the schema, a current file keeps its rows, a newer file is not opened")
    func migrations() async throws {
        try await TemporaryDirectory.with { directory in
            let path = directory + "/outbox.sqlite"
            _ = try await SQLiteTool.rows(path, "PRAGMA user_version = 7")
            for expected in 0..<2 {
                let outbox = try SQLiteOutbox(path: path)
                #expect(outbox.openReport.setAside == nil)
                #expect(outbox.openReport.pending == expected)
                try await outbox.accept(["a\(expected)"])
                try await outbox.close()
            }
            _ = try await SQLiteTool.rows(path, "INSERT INTO grdb_migrations VALUES ('9 of the future')")
            #expect(throws: OutboxError.newerSchema(path: path)) { try SQLiteOutbox(path: path) }
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: directory).allSatisfy { !$0.contains("corrupt") })
        }
    }

    @Test("Marks of the clocks survive a restart")
    func clockMarks() async throws {
        try await TemporaryDirectory.with { directory in
            let mark = ClockMark(
                since: Sample.noon, boot: BootClock(id: "b", elapsed: .seconds(5)), steady: Sample.noon + .seconds(1),
                wall: Sample.timeOfDay)
            for expected in [[], [mark]] {
                let outbox = try SQLiteOutbox(path: directory + "/outbox.sqlite")
                #expect(try await outbox.clockMarks() == expected)
                try await outbox.keep(mark)
                try await outbox.close()
            }
        }
    }

    @Test("In a file without marks, times are times of day: the time line continues at the latest of them")
    func marksOfAnEarlierVersion() async throws {
        try await TemporaryDirectory.with { directory in
            let path = directory + "/outbox.sqlite"
            var outbox = try SQLiteOutbox(path: path)
            try await outbox.accept(["a"])
            try await outbox.accept(["a"], of: "v", at: Sample.noon + .seconds(9))
            try await outbox.close()
            _ = try await SQLiteTool.rows(
                path, "DROP TABLE boots; DELETE FROM grdb_migrations WHERE identifier = '3 boots'")
            outbox = try SQLiteOutbox(path: path)
            let mark = try #require(try await outbox.clockMarks().first)
            #expect(mark.since == Sample.noon && mark.steady == Sample.noon + .seconds(9))
            #expect(mark.wall == Sample.timeOfDay + .seconds(9) && mark.boot.id.isEmpty)
            try await outbox.close()
        }
    }

    private func retry(_ delivery: Delivery) -> AttemptRecord {
        Sample.record(delivery, outcome: .failed(.timeout), verdict: .retry(after: .seconds(9)))
    }
}

/// Everything an outbox reports about one workflow and one origin.
private struct View: Equatable {
    let pending: [PendingTicket]
    let loaded: [Registration]
    let bodies: [[UInt8]]
    let states: [DeliveryState]
    let attempts: [[Attempt]]
    let registration: Registration?
    let lastSequence: SequenceNumber?
    let accepted: Set<String>
    let bytes: Int

    init(_ outbox: SQLiteOutbox, _ made: [Delivery]) async throws {
        pending = try await outbox.pending(to: Sample.origin(), after: DeliveryID(0), limit: 100)
        let deliveries = try await outbox.load(made.map(\.id))
        (loaded, bodies) = (deliveries.map(\.registration), deliveries.map(\.body))
        let history = try await outbox.history(of: CorrelationID("w"))
        states = history?.deliveries.map(\.state) ?? []
        attempts = history?.deliveries.map(\.attempts) ?? []
        registration = history?.summary.workflow.registration
        lastSequence = history?.summary.workflow.lastSequence
        accepted = try await outbox.accepted(["a", "b", "c", "d"])
        bytes = outbox.figures().bytes
    }
}
