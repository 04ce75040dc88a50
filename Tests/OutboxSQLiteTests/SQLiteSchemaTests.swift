import Domain
import OutboxSQLite
import TestSupport
import Testing

/// Statements that the database rejects, from any program.
@Suite struct SQLiteSchemaTests {
    static let rejected = [
        ("INSERT INTO accepted VALUES (9, 1, 1, CAST('z' AS BLOB), 0)", "UNIQUE"),
        ("INSERT INTO accepted VALUES (9, 1, 9, CAST('a' AS BLOB), 0)", "UNIQUE"),
        ("INSERT INTO accepted VALUES (9, 77, 9, CAST('z' AS BLOB), 0)", "FOREIGN KEY"),
        ("INSERT INTO accepted VALUES (9, 1, 0, CAST('z' AS BLOB), 0)", "CHECK"),
        ("INSERT INTO accepted VALUES (9, 1, 9, NULL, 0)", "NOT NULL"),
        ("INSERT INTO accepted VALUES (9, 1, 9, CAST('' AS BLOB), 0)", "CHECK"),
        ("DELETE FROM accepted WHERE delivery = 2", "FOREIGN KEY"),
        ("DELETE FROM workflows", "FOREIGN KEY"),
        (
            "INSERT INTO workflows (correlation_id, last_sequence, last_activity_at) VALUES (CAST('w' AS BLOB), 0, 0)",
            "UNIQUE"
        ),
        ("UPDATE workflows SET pending = -1", "CHECK"),
        ("DELETE FROM deliveries WHERE id = 2", "never dropped"),
        ("UPDATE deliveries SET state = 'pending', finished_at = NULL WHERE id = 1", "stays final"),
        ("UPDATE deliveries SET state = 'sent' WHERE id = 2", "CHECK"),
        ("UPDATE deliveries SET state = 'failed', finished_at = 1 WHERE id = 2", "CHECK"),
        ("UPDATE deliveries SET state = 'delivered' WHERE id = 2", "CHECK"),
        ("UPDATE deliveries SET registration = 77 WHERE id = 2", "FOREIGN KEY"),
        ("UPDATE deliveries SET body_bytes = 'many' WHERE id = 2", "cannot store TEXT"),
        ("DELETE FROM bodies WHERE delivery = 2", "keeps its body"),
        ("DELETE FROM deliveries WHERE id = 3", "never dropped, nor one whose body is kept"),
        ("DELETE FROM kept_bodies WHERE delivery = 3", "keeps its body"),
        ("INSERT INTO kept_bodies VALUES (2, CAST('12345' AS BLOB))", "belongs to a failed delivery"),
        ("UPDATE deliveries SET kept = 1 WHERE id = 1", "cannot be kept"),
        ("UPDATE deliveries SET kept = 0 WHERE id = 3; UPDATE deliveries SET kept = 1 WHERE id = 3", "cannot be kept"),
        ("UPDATE deliveries SET kept = 2 WHERE id = 3", "CHECK"),
        ("UPDATE deliveries SET kept = 1 WHERE id = 2", "CHECK"),
        ("UPDATE deliveries SET state = 'delivered', reason = NULL, kept = 0 WHERE id = 3", "stays final"),
        ("UPDATE deliveries SET state = 'pending', reason = NULL, finished_at = NULL WHERE id = 3", "CHECK"),
        ("UPDATE deliveries SET attempts_before = 1 WHERE id = 2", "CHECK"),
        ("UPDATE registrations SET kept = -1", "CHECK"), ("UPDATE totals SET kept_bytes = -1", "CHECK"),
        (
            "UPDATE deliveries SET state = 'delivered', finished_at = 1 WHERE id = 2; "
                + "UPDATE registrations SET ended = 1; UPDATE credentials SET used = 0", "keeps its secret"
        ),
        ("INSERT INTO bodies VALUES (1, CAST('12345' AS BLOB))", "belongs to a pending delivery"),
        ("UPDATE credentials SET used = 0", "keeps its secret"),
        ("DELETE FROM credentials", "zeroed before"),
        ("UPDATE registrations SET credentials = NULL", "CHECK"),
        ("UPDATE credentials SET target = NULL", "NOT NULL"),
        ("UPDATE registrations SET max_retries = 101", "CHECK"),
        ("INSERT INTO registrations VALUES (9, 1, 1, 'parallel', 'flat', 3, 0, 0, NULL, 0, NULL, NULL, NULL)", "CHECK"),
        (
            "UPDATE credentials SET key = 9; INSERT INTO credentials VALUES (10, 1, CAST('/' AS BLOB), NULL)",
            "FOREIGN KEY"
        ),
        (
            """
            INSERT INTO credentials VALUES (9, 1, CAST('/' AS BLOB), NULL);
            INSERT INTO registrations VALUES (9, 1, 1, 'parallel', 'flat', 3, 0, 0, 9, 0, NULL, NULL, NULL)
            """, "UNIQUE"
        ),
        ("INSERT INTO attempts VALUES (1, 1, 0, 0, 200, NULL)", "UNIQUE"),
        ("INSERT INTO attempts VALUES (2, 1, 0, 0, NULL, NULL)", "CHECK"),
        ("INSERT INTO attempts VALUES (77, 1, 0, 0, 200, NULL)", "FOREIGN KEY"),
        ("UPDATE origins SET scheme = 'ftp'", "CHECK"),
        ("INSERT INTO totals SELECT 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0", "CHECK"),
        (
            """
            INSERT INTO accepted VALUES (9, 1, 9, CAST('z' AS BLOB), 0);
            UPDATE totals SET last_delivery = 9;
            INSERT INTO deliveries VALUES (9, 1, 1, CAST('T' AS BLOB), 1, 0, 0, NULL, NULL, 0, NULL, 'pending', NULL, NULL, 0, 0)
            """, "never used twice"
        ),
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

    @Test("Triggers of the database keep the sums")
    func keepsSums() async throws {
        try await TemporaryDirectory.with { directory in
            let path = directory + "/outbox.sqlite"
            let outbox = try SQLiteOutbox(path: path)
            try await outbox.accept(["a", "b"], body: "12345")
            try await outbox.accept(["a"], registration: "http://b.example/", of: "v", body: "123")
            try await outbox.close()
            let changes = """
                UPDATE deliveries SET state = 'delivered', finished_at = 1 WHERE id = 1;
                UPDATE deliveries SET state = 'failed', reason = 'timeout', finished_at = 1 WHERE id = 3;
                DELETE FROM deliveries WHERE id = 3;
                UPDATE registrations SET ended = 1;
                SELECT pending, bytes, finished, registrations, credentials, erased, last_delivery, last_registration FROM totals;
                SELECT host, pending, bytes FROM origins;
                SELECT correlation_id, pending, delivered, failed FROM workflows ORDER BY key;
                SELECT delivery FROM bodies;
                SELECT used, target FROM credentials WHERE used = 1;
                """
            #expect(
                try await SQLiteTool.rows(path, changes)
                    == ["1|5|1|0|1|1|3|2", "a.example|1|5", "w|1|1|0", "v|0|0|1", "2", "1|/hook"])
        }
    }

    @Test("Triggers of the database keep the sums of kept bodies")
    func keepsSumsOfKeptBodies() async throws {
        try await TemporaryDirectory.with { directory in
            let path = directory + "/outbox.sqlite"
            let outbox = try SQLiteOutbox(path: path, keepsFailed: true)
            let made = try await outbox.accept(["a", "b", "c"], body: "12345")
            try await outbox.record(made.map { failure($0) })
            try await outbox.close()
            let sums = """
                SELECT pending, bytes, finished, kept, kept_bytes, credentials, erased FROM totals;
                SELECT pending, bytes FROM origins;
                SELECT pending, failed FROM workflows;
                SELECT pending, kept, ended FROM registrations;
                SELECT count(*), (SELECT count(*) FROM bodies) FROM kept_bodies;
                """
            #expect(try await SQLiteTool.rows(path, sums) == ["0|0|3|3|15|1|0", "0|0", "0|3", "0|3|0", "3|0"])
            let again =
                "UPDATE deliveries SET state = 'pending', reason = NULL, finished_at = NULL, kept = 0 WHERE id = 1;"
            #expect(try await SQLiteTool.rows(path, again + sums) == ["1|5|2|2|10|1|0", "1|5", "1|2", "1|2|0", "2|1"])
            let dropped = "UPDATE registrations SET ended = 1; UPDATE deliveries SET kept = 0 WHERE kept = 1;"
            #expect(try await SQLiteTool.rows(path, dropped + sums) == ["1|5|2|0|0|1|2", "1|5", "1|2", "1|0|1", "0|1"])
            let last = "UPDATE deliveries SET state = 'delivered', finished_at = 1 WHERE id = 1;"
            #expect(try await SQLiteTool.rows(path, last + sums) == ["0|0|3|0|0|0|3", "0|0", "0|2", "0|0|1", "0|0"])
            #expect(try await SQLiteTool.rows(path, "SELECT used, target FROM credentials WHERE used = 1").isEmpty)
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
