internal import Domain
internal import GRDB

/// The bodies of failed deliveries that are kept for a redelivery, inside a transaction. Triggers move and delete them.
struct KeptBodies {
    /// Bodies that one query returns.
    private static let slice = 500

    let db: Database

    /// Makes a failed delivery pending again. Does nothing if its body is not kept.
    func redeliver(_ id: DeliveryID) throws {
        try db.run(
            """
            UPDATE deliveries
            SET state = 'pending', reason = NULL, finished_at = NULL, kept = 0, attempts_before = attempts
            WHERE id = ? AND kept = 1
            """, [id.rawValue])
    }

    /// Those of the deliveries that failed first.
    ///
    /// - Returns: times in microseconds on the relay's time line (`TimeLine`).
    func first(_ count: Int) throws -> [(delivery: Int64, failedAt: Int64)] {
        let rows = try db.rows(
            """
            SELECT id, finished_at FROM deliveries INDEXED BY deliveries_with_body
            WHERE kept = 1 ORDER BY finished_at LIMIT ?
            """, [count])
        return try Array(rows.map { (delivery: $0[0], failedAt: $0[1]) })
    }

    func drop(_ delivery: Int64) throws { try db.run("UPDATE deliveries SET kept = 0 WHERE id = ?", [delivery]) }

    /// Drops those of the deliveries that failed first until all bodies, pending and kept, have at most `max` bytes.
    func makeRoom(max: Int) throws {
        while true {
            let oldest = try first(Self.slice)
            if oldest.isEmpty { return }
            for body in oldest {
                let totals = try db.row("SELECT bytes + kept_bytes FROM totals", [])
                guard let bytes = totals?[0] as Int?, bytes > max else { return }
                try drop(body.delivery)
            }
        }
    }
}
