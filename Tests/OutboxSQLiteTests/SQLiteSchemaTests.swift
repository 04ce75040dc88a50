import OutboxSQLite
import TestSupport
import Testing

/// Statements that the database rejects, from any program.
@Suite struct SQLiteSchemaTests {
    static let rejected = [
        ("INSERT INTO accepted VALUES (9, 1, 1, CAST('z' AS BLOB))", "UNIQUE"),
        ("INSERT INTO accepted VALUES (9, 1, 9, CAST('a' AS BLOB))", "UNIQUE"),
        ("INSERT INTO accepted VALUES (9, 77, 9, CAST('z' AS BLOB))", "FOREIGN KEY"),
        ("INSERT INTO accepted VALUES (9, 1, 0, CAST('z' AS BLOB))", "CHECK"),
        ("INSERT INTO accepted VALUES (9, 1, 9, NULL)", "NOT NULL"),
        ("INSERT INTO accepted VALUES (9, 1, 9, CAST('' AS BLOB))", "CHECK"),
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
        ("INSERT INTO bodies VALUES (1, CAST('12345' AS BLOB))", "belongs to a pending delivery"),
        ("UPDATE credentials SET used = 0", "keeps its secret"),
        ("DELETE FROM credentials", "zeroed before"),
        ("UPDATE registrations SET credentials = NULL", "CHECK"),
        ("UPDATE credentials SET target = NULL", "NOT NULL"),
        ("UPDATE registrations SET max_retries = 101", "CHECK"),
        ("INSERT INTO registrations VALUES (9, 1, 1, 'parallel', 'flat', 3, 0, 0, NULL)", "CHECK"),
        (
            "UPDATE credentials SET key = 9; INSERT INTO credentials VALUES (10, 1, CAST('/' AS BLOB), NULL)",
            "FOREIGN KEY"
        ),
        (
            """
            INSERT INTO credentials VALUES (9, 1, CAST('/' AS BLOB), NULL);
            INSERT INTO registrations VALUES (9, 1, 1, 'parallel', 'flat', 3, 0, 0, 9)
            """, "UNIQUE"
        ),
        ("INSERT INTO attempts VALUES (1, 1, 0, 0, 200, NULL)", "UNIQUE"),
        ("INSERT INTO attempts VALUES (2, 1, 0, 0, NULL, NULL)", "CHECK"),
        ("INSERT INTO attempts VALUES (77, 1, 0, 0, 200, NULL)", "FOREIGN KEY"),
        ("UPDATE origins SET scheme = 'ftp'", "CHECK"),
        ("INSERT INTO totals SELECT 2, 0, 0, 0, 0, 0, 0, 0, 0", "CHECK"),
        (
            """
            INSERT INTO accepted VALUES (9, 1, 9, CAST('z' AS BLOB));
            UPDATE totals SET last_delivery = 9;
            INSERT INTO deliveries VALUES (9, 1, 1, CAST('T' AS BLOB), 1, 0, 0, NULL, NULL, 0, NULL, 'pending', NULL, NULL)
            """, "never used twice"
        ),
    ]

    @Test(arguments: rejected)
    func schemaRejects(_ statement: String, _ reason: String) async throws {
        try await TemporaryDirectory.with { directory in
            let path = directory + "/outbox.sqlite"
            let outbox = try SQLiteOutbox(path: path)
            let made = try await outbox.accept(["a", "b"], body: "12345")
            try await outbox.record([Sample.delivered(made[0])])
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
}
