internal import Domain
internal import GRDB

/// The bodies of failed deliveries that are kept for a redelivery, inside a transaction.
struct KeptBodies {
    /// A failed delivery whose body is kept.
    struct Kept {
        let delivery: Int64
        /// Its key in `history`.
        fileprivate let key: Int64
        /// In microseconds on the relay's time line (`TimeLine`).
        let failedAt: Int64
        fileprivate let counted: CountChanges.CountedDelivery
    }

    /// Bodies that one query returns.
    private static let slice = 500
    private static let columns = "delivery, key, finished_at, workflow, registration, origin, body_bytes"

    let transaction: WriteTransaction
    private var db: Database { transaction.db }

    /// Keeps the body of a delivery that is about to leave `pending`.
    ///
    /// - Parameter key: its key in `history`.
    func keep(_ id: DeliveryID, key: Int64) throws {
        try db.run(
            """
            INSERT INTO kept_bodies (delivery, history, trace_parent, trace_state, body)
            SELECT id, ?, trace_parent, trace_state, body FROM pending WHERE id = ?
            """, [key, id.rawValue])
    }

    /// Makes a failed delivery pending again. Does nothing if its body is not kept.
    func redeliver(_ id: DeliveryID) throws {
        let row = try db.row(
            """
            SELECT \(Self.columns) FROM history
            WHERE key = (SELECT history FROM kept_bodies WHERE delivery = ?)
            """, [id.rawValue])
        guard let kept = row.map(Self.kept) else { return }
        for statement in Self.redelivery { try db.run(statement, [kept.key]) }
        transaction.counts.redelivered(kept.counted)
    }

    /// The statements that move a row of `history`, with this key, back to `pending`.
    private static let redelivery = [
        """
        INSERT INTO pending (
            id, workflow, registration, origin, sequence, artifact_id, artifact_type, created_at, received_at,
            trace_parent, trace_state, body)
        SELECT h.delivery, h.workflow, h.registration, h.origin, h.sequence, h.artifact_id, h.artifact_type,
            h.created_at, h.received_at, k.trace_parent, k.trace_state, k.body
        FROM history h JOIN kept_bodies k ON k.delivery = h.delivery WHERE h.key = ?
        """,
        """
        INSERT INTO attempts (delivery, number, started_at, duration, status, error)
        SELECT delivery, attempts, started_at, duration, status, error FROM history WHERE key = ?
        """,
        """
        INSERT INTO retries (delivery, attempts, attempts_before)
        SELECT delivery, attempts, attempts FROM history WHERE key = ?
        """,
        """
        UPDATE accepted SET failed = 0
        WHERE (workflow, artifact_id) = (SELECT workflow, artifact_id FROM history WHERE key = ?)
        """,
        "DELETE FROM kept_bodies WHERE delivery = (SELECT delivery FROM history WHERE key = ?)",
        "DELETE FROM history WHERE key = ?",
    ]

    /// Those of the deliveries that failed first.
    func first(_ count: Int) throws -> [Kept] {
        let rows = try db.rows(
            """
            SELECT \(Self.columns) FROM history INDEXED BY history_kept
            WHERE kept = 1 ORDER BY finished_at LIMIT ?
            """, [count])
        return try Array(rows.map { Self.kept($0) })
    }

    private static func kept(_ row: Row) -> Kept {
        Kept(
            delivery: row[0], key: row[1], failedAt: row[2],
            counted: .init(workflow: row[3], registration: row[4], origin: row[5], bytes: row[6]))
    }

    func drop(_ kept: Kept) throws {
        try db.run("DELETE FROM kept_bodies WHERE delivery = ?", [kept.delivery])
        try db.run("UPDATE history SET kept = 0 WHERE key = ?", [kept.key])
        transaction.counts.droppedBody(kept.counted)
    }

    /// Drops those of the deliveries that failed first until all bodies, pending and kept, have at most `max` bytes.
    func makeRoom(max: Int) throws {
        try transaction.writeCounts()
        guard var bytes = try db.row("SELECT bytes + kept_bytes FROM totals", [])?[0] as Int? else { return }
        while bytes > max {
            let oldest = try first(Self.slice)
            if oldest.isEmpty { return }
            for body in oldest where bytes > max {
                try drop(body)
                bytes -= body.counted.bytes
            }
        }
    }
}
