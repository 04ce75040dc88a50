import Dispatch
import Domain
import OutboxSQLite
import Synchronization
import TestSupport
import Testing

/// Statements that the database rejects, from any program.
@Suite struct SQLiteSchemaTests {
    static let rejected = [
        ("INSERT INTO accepted VALUES (1, (SELECT artifact_id FROM pending), 9, 0)", "UNIQUE"),
        ("INSERT INTO accepted VALUES (1, CAST('zz' AS BLOB), 0, 0)", "CHECK"),
        ("INSERT INTO accepted VALUES (1, NULL, 9, 0)", "NOT NULL"),
        ("INSERT INTO accepted VALUES (1, CAST('z' AS BLOB), 9, 0)", "CHECK"),
        ("INSERT INTO accepted VALUES (1, CAST('zz' AS BLOB), 9, 2)", "CHECK"),
        ("DELETE FROM workflows", "FOREIGN KEY"),
        (
            "INSERT INTO workflows (correlation_id, last_sequence, last_activity_at) VALUES (CAST('w' AS BLOB), 0, 0)",
            "UNIQUE"
        ),
        ("UPDATE workflows SET pending = -1", "CHECK"),
        ("UPDATE pending SET sequence = 9", "never changes"),
        (
            "INSERT INTO pending SELECT 9, 1, 1, 1, 2, artifact_id, artifact_type, 0, 0, NULL, NULL, body FROM pending",
            "UNIQUE"
        ),
        (
            "INSERT INTO pending SELECT 2, 1, 1, 1, 9, artifact_id, artifact_type, 0, 0, NULL, NULL, body FROM pending",
            "UNIQUE"
        ),
        (
            "INSERT INTO pending SELECT 0, 1, 1, 1, 9, artifact_id, artifact_type, 0, 0, NULL, NULL, body FROM pending",
            "CHECK"
        ),
        (
            "INSERT INTO pending SELECT 9, 1, 1, 1, 9, artifact_id, artifact_type, 0, 0, NULL, 's', body FROM pending",
            "CHECK"
        ),
        ("INSERT INTO retries VALUES (2, 0, 0, NULL)", "CHECK"),
        ("INSERT INTO retries VALUES (2, 1, 2, NULL)", "CHECK"),
        ("UPDATE history SET reason = 'timeout' WHERE delivery = 1", "stays final"),
        ("UPDATE history SET kept = 1 WHERE delivery = 1", "stays final"),
        ("UPDATE history SET reason = NULL, kept = 0 WHERE delivery = 3", "stays final"),
        ("UPDATE history SET kept = 0; UPDATE history SET kept = 1", "stays final"),
        ("DELETE FROM history WHERE delivery = 3", "FOREIGN KEY"),
        ("INSERT INTO kept_bodies VALUES (2, 77, NULL, NULL, CAST('12345' AS BLOB))", "FOREIGN KEY"),
        ("UPDATE totals SET kept_bytes = -1", "CHECK"), ("UPDATE origins SET finished = -1", "CHECK"),
        ("UPDATE registrations SET ended = 1; UPDATE credentials SET used = 0", "keeps its secret"),
        ("UPDATE credentials SET used = 0", "keeps its secret"),
        ("DELETE FROM registrations", "erased before"),
        ("DELETE FROM credentials", "zeroed before"),
        ("UPDATE registrations SET credentials = NULL", "NOT NULL"),
        ("UPDATE credentials SET target = NULL", "NOT NULL"),
        ("UPDATE registrations SET max_retries = 101", "CHECK"),
        (
            "UPDATE credentials SET key = 9; INSERT INTO credentials VALUES (10, 1, CAST('/' AS BLOB), NULL)",
            "FOREIGN KEY"
        ),
        (
            """
            INSERT INTO credentials VALUES (9, 1, CAST('/' AS BLOB), NULL);
            INSERT INTO registrations VALUES (9, 1, 1, 'parallel', 'flat', 3, NULL, NULL, NULL, 0, 9)
            """, "UNIQUE"
        ),
        ("INSERT INTO attempts VALUES (2, 1, 0, 0, NULL, NULL)", "CHECK"),
        ("UPDATE origins SET scheme = 'ftp'", "CHECK"),
        ("INSERT INTO totals SELECT 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0", "CHECK"),
    ]

    @Test(arguments: rejected)
    func schemaRejects(_ statement: String, _ reason: String) async throws {
        try await TemporaryDirectory.with { directory in
            let path = directory + "/outbox.sqlite"
            let outbox = try SQLiteOutbox(path: path, keepsFailed: true)
            let made = try await outbox.accept(["a", "b", "c"], body: "12345")
            try await outbox.record([Sample.delivered(made[0]), failure(made[2])])
            try await outbox.close()
            let answer = try await SQLiteTool.run(path, statement)
            #expect(answer.code != .code(0))
            #expect(answer.error.contains(reason), "\(answer.error)")
        }
    }

    /// Each pair must have the same rows: what is counted as deliveries come and go, and what the tables hold.
    private static let counts = [
        (
            "SELECT pending, bytes, finished, kept, kept_bytes, registrations, credentials FROM totals",
            """
            SELECT (SELECT count(*) FROM pending), (SELECT ifnull(sum(length(body)), 0) FROM pending),
                (SELECT count(*) FROM history), (SELECT count(*) FROM history WHERE kept = 1),
                (SELECT ifnull(sum(length(body)), 0) FROM kept_bodies),
                (SELECT count(*) FROM registrations WHERE ended = 0), (SELECT count(*) FROM registrations)
            """
        ),
        (
            "SELECT key, pending, bytes, finished FROM origins ORDER BY key",
            """
            SELECT key, (SELECT count(*) FROM pending WHERE origin = origins.key),
                (SELECT ifnull(sum(length(body)), 0) FROM pending WHERE origin = origins.key),
                (SELECT count(*) FROM history WHERE origin = origins.key)
            FROM origins ORDER BY key
            """
        ),
        (
            "SELECT key, pending, delivered + failed FROM workflows ORDER BY key",
            """
            SELECT key, (SELECT count(*) FROM pending WHERE workflow = key),
                last_sequence - (SELECT count(*) FROM pending WHERE workflow = key)
            FROM workflows ORDER BY key
            """
        ),
        (
            "SELECT h.workflow, h.sequence FROM history h JOIN accepted a USING (workflow, artifact_id) WHERE failed = 1 ORDER BY 1, 2",
            "SELECT workflow, sequence FROM history WHERE reason IS NOT NULL ORDER BY 1, 2"
        ),
        ("SELECT key FROM credentials WHERE used = 1 ORDER BY 1", "SELECT credentials FROM registrations ORDER BY 1"),
        (
            "SELECT id FROM registrations WHERE ended = 1 ORDER BY 1",
            """
            SELECT id FROM registrations r WHERE ended = 1 AND EXISTS (
                SELECT 1 FROM pending WHERE registration = r.id
                UNION ALL SELECT 1 FROM history WHERE registration = r.id AND kept = 1) ORDER BY 1
            """
        ),
        (
            "SELECT delivery FROM attempts GROUP BY delivery ORDER BY 1",
            """
            SELECT delivery FROM retries
            UNION SELECT delivery FROM history WHERE attempts > 1 ORDER BY 1
            """
        ),
        ("SELECT delivery FROM kept_bodies ORDER BY 1", "SELECT delivery FROM history WHERE kept = 1 ORDER BY 1"),
        (
            "SELECT key FROM origins ORDER BY 1",
            "SELECT origin FROM registrations UNION SELECT origin FROM history ORDER BY 1"
        ),
        ("SELECT count(*) FROM retries", "SELECT count(*) FROM retries JOIN pending ON pending.id = delivery"),
    ]

    @Test("The counts are those of the rows, after any work", arguments: 1...4 as ClosedRange<UInt64>)
    func counts(seed: UInt64) async throws {
        try await TemporaryDirectory.with { directory in
            let path = directory + "/outbox.sqlite"
            var chance = SeededGenerator(seed: seed)
            let outbox = try SQLiteOutbox(path: path, keepsFailed: seed % 2 == 0)
            var pending: [Int64: (delivery: Delivery, attempts: Int)] = [:]
            for step in 0..<150 {
                let workflow = "w\(Int.random(in: 0..<4, using: &chance))"
                switch Int.random(in: 0..<10, using: &chance) {
                case 0...3:
                    let names = (0..<Int.random(in: 1...3, using: &chance)).map { "artifact-\(step)-\($0)" }
                    let made = try await outbox.accept(
                        names, registration: "https://\(workflow).example/", of: workflow, body: "\(step)",
                        failing: chance.next() % 8 == 0 ? [names[0]: .backlogFull] : [:])
                    for delivery in made { pending[delivery.id.rawValue] = (delivery, 0) }
                case 4...7:
                    let ended = pending.keys.sorted().filter { _ in chance.next() % 2 == 0 }
                    try await outbox.record(
                        ended.map { id in
                            pending[id]!.attempts += 1
                            let (delivery, attempt) = pending[id]!
                            let verdicts: [Verdict] = [.delivered, .failed(.timeout), .retry(after: .seconds(1))]
                            let verdict = verdicts.randomElement(using: &chance)!
                            if verdict != .retry(after: .seconds(1)) { pending[id] = nil }
                            return Sample.record(
                                delivery, attempt: attempt,
                                outcome: verdict == .delivered
                                    ? .answered(status: 200, retryAfter: nil) : .failed(.timeout), verdict: verdict)
                        })
                case 8:
                    try await outbox.change(workflow) { $0.completedAt = Sample.noon }
                    try await outbox.expire(
                        .sample(count: 30, completion: .seconds(0), keep: .seconds(60)),
                        now: Sample.noon + .seconds(step))
                default:
                    for (sequence, redelivery) in try await outbox.redeliver(of: workflow) ?? [:] {
                        if case .possible(let ticket) = redelivery {
                            let delivery = try #require(try await outbox.load([ticket.id]).first)
                            #expect(delivery.sequence.rawValue == sequence)
                            pending[ticket.id.rawValue] = (delivery, ticket.attempts)
                        }
                    }
                }
                if step % 30 == 29 { try await compare(path) }
            }
            try await outbox.close()
            try await compare(path)
        }
    }

    @Test("A redelivery and a delivery of the same size in one transaction leave the count of kept bodies right")
    func countsThatCancel() async throws {
        try await TemporaryDirectory.with { directory in
            let path = directory + "/outbox.sqlite"
            let isHeld = Mutex(false)
            let release = DispatchSemaphore(value: 0)
            let outbox = try SQLiteOutbox(path: path, keepsFailed: true) { _ in
                if isHeld.withLock({ $0 }) { release.wait() }
            }
            let made = try await outbox.accept(["a", "b"], body: "12345")
            try await outbox.record([failure(made[0])])
            isHeld.withLock { $0 = true }
            // While the first transaction ends, the others gather for the next one.
            async let first: Void = outbox.verifyWritable()
            try await Task.sleep(for: .milliseconds(100))
            async let redelivered = outbox.redeliver([1])
            try await Task.sleep(for: .milliseconds(100))
            async let recorded: Void = outbox.record([Sample.delivered(made[1])])
            try await Task.sleep(for: .milliseconds(100))
            isHeld.withLock { $0 = false }
            release.signal()
            _ = try await (first, redelivered, recorded)
            try await outbox.close()
            try await compare(path)
            #expect(try await SQLiteTool.rows(path, "SELECT kept, kept_bytes, pending FROM totals") == ["0|0|1"])
        }
    }

    private func compare(_ path: String) async throws {
        for (counted, recounted) in Self.counts {
            let rows = try await SQLiteTool.rows(path, counted)
            #expect(rows == (try await SQLiteTool.rows(path, recounted)), "\(counted)")
        }
    }

    /// The fixture is a dump of a file that the version before migration 3 wrote.
    @Test("A file of an earlier version is migrated with its rows, and keeps bodies from then on")
    func migratesAnEarlierFile() async throws {
        try await TemporaryDirectory.with { directory in
            let path = directory + "/outbox.sqlite"
            _ = try await SQLiteTool.rows(path, try Fixture.text("outbox-2.sql"))
            let outbox = try SQLiteOutbox(path: path, keepsFailed: true)
            #expect(outbox.openReport.setAside == nil && outbox.openReport.pending == 1)
            #expect(try await outbox.redeliver([1, 2, 3]) == [1: .notNeeded, 2: .gone, 3: .notNeeded])
            let pending = try #require(try await outbox.load([DeliveryID(3)]).first)
            try await outbox.record([
                Sample.record(pending, attempt: 2, outcome: .failed(.timeout), verdict: .failed(.timeout))
            ])
            #expect(try await outbox.redeliver()?[3] != .gone)
            let again = try #require(try await outbox.load([DeliveryID(3)]).first)
            #expect(again.body == pending.body && again.registration.secrets.map(\.text) == ["s3"])
            try await outbox.close()
            let new = directory + "/new.sqlite"
            try await SQLiteOutbox(path: new).close()
            let schema = "SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'grdb%' ORDER BY type, name"
            #expect(try await SQLiteTool.rows(path, schema) == SQLiteTool.rows(new, schema))
        }
    }

    private func failure(_ delivery: Delivery) -> AttemptRecord {
        Sample.record(delivery, outcome: .failed(.timeout), verdict: .failed(.timeout))
    }
}
