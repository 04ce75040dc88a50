internal import Domain
internal import GRDB
internal import Outbox

/// Deletes what is beyond its retention, a few hundred rows per transaction, so that other work waits only briefly.
///
/// Slow searches for candidates run on a reading connection. The transaction checks each candidate again.
struct Expiry {
    /// Rows that one transaction deletes.
    private static let slice = 500

    let pool: DatabasePool
    let queue: TransactionQueue
    let retention: Retention
    let now: SteadyTime

    func run() async throws {
        try await endRegistrations()
        while try await dropKeptBodies() == Self.slice { try Task.checkCancellation() }
        try await dropHistory()
        try await forgetWorkflows()
    }

    private func cutoff(_ age: Duration?) -> Int64 { age.map { now.microseconds - $0.microseconds } ?? .min }

    // MARK: Registrations

    /// Ends registrations of workflows that are idle or complete. Triggers erase their secrets and URL targets.
    private func endRegistrations() async throws {
        let cutoffs: StatementArguments = [cutoff(retention.registrationTTL), cutoff(retention.completionGrace)]
        var last: Int64 = 0
        while true {
            let ended = try await pool.read { [last] in try Self.endable($0, after: last, cutoffs) }
            guard let end = ended.last else { return }
            try await queue.perform { transaction in
                try transaction.writeCounts()
                for workflow in ended { try Self.endRegistration(ofWorkflow: workflow, cutoffs, transaction.db) }
            }
            last = end
        }
    }

    private static func endable(_ db: Database, after key: Int64, _ cutoffs: StatementArguments) throws -> [Int64] {
        let rows = try db.rows(
            """
            SELECT r.workflow FROM registrations r INDEXED BY registrations_current
            CROSS JOIN workflows w ON w.key = r.workflow
            WHERE r.ended = 0 AND r.workflow > ? AND w.pending = 0 AND w.requested_completion IS NULL
                AND (w.last_activity_at < ? OR w.completed_at < ?)
            ORDER BY r.workflow LIMIT \(slice)
            """, [key] + cutoffs)
        return try Array(rows.map { $0[0] })
    }

    private static func endRegistration(
        ofWorkflow key: Int64, _ cutoffs: StatementArguments, _ db: Database
    ) throws {
        try db.run(
            """
            UPDATE registrations SET ended = 1
            WHERE workflow = ? AND ended = 0 AND EXISTS (
                SELECT 1 FROM workflows w
                WHERE w.key = registrations.workflow AND w.pending = 0 AND w.requested_completion IS NULL
                    AND (w.last_activity_at < ? OR w.completed_at < ?))
            """, [key] + cutoffs)
    }

    // MARK: History

    /// Drops a slice of the kept bodies of the deliveries that failed first.
    /// - Returns: the number of bodies dropped.
    private func dropKeptBodies() async throws -> Int {
        let oldest = cutoff(retention.keepFailed)
        return try await queue.perform { [retention] transaction in
            try transaction.writeCounts()
            let excess = try Totals.read(transaction.db).kept - retention.historyMaxDeliveries
            let kept = KeptBodies(transaction: transaction)
            let dropped = try kept.first(Self.slice).enumerated().prefix { $0 < excess || $1.failedAt < oldest }
            for (_, body) in dropped { try kept.drop(body) }
            return dropped.count
        }
    }

    /// Deletes the deliveries that finished first, except those whose bodies are kept.
    private func dropHistory() async throws {
        let oldest = cutoff(retention.historyMaxAge)
        var last: Int64? = 0
        while let key = last {
            try Task.checkCancellation()
            last = try await queue.perform { [retention] transaction in
                try transaction.writeCounts()
                let totals = try Totals.read(transaction.db)
                let excess = totals.finished - totals.kept - retention.historyMaxDeliveries
                return try Self.dropHistory(after: key, excess: excess, endedBefore: oldest, transaction)
            }
        }
    }

    /// Deletes a slice of the history.
    /// - Returns: the last key deleted; nil: there is no more to delete.
    private static func dropHistory(
        after key: Int64, excess: Int, endedBefore oldest: Int64, _ transaction: WriteTransaction
    ) throws -> Int64? {
        let rows = try transaction.db.rows(
            """
            SELECT key, finished_at, origin, delivery, attempts FROM history
            WHERE key > ? AND kept = 0 ORDER BY key LIMIT \(slice)
            """, [key])
        let first = try Array(
            rows.map {
                (
                    key: $0[0] as Int64, at: $0[1] as Int64, origin: $0[2] as Int64, id: $0[3] as Int64,
                    attempts: $0[4] as Int
                )
            })
        let dropped = first.enumerated().prefix { $0 < excess || $1.at < oldest }.map(\.element)
        let delete = try BoundStatement(transaction.db, "DELETE FROM history WHERE key = ?")
        for delivery in dropped {
            try delete.run(.integer(delivery.key))
            if delivery.attempts > 1 {
                try transaction.db.run("DELETE FROM attempts WHERE delivery = ?", [delivery.id])
            }
            transaction.counts.leftHistory(origin: delivery.origin)
        }
        return dropped.count == slice ? dropped.last?.key : nil
    }

    // MARK: Numbering

    /// Deletes workflows whose sequence numbers are beyond their retention and that have no history.
    private func forgetWorkflows() async throws {
        let cutoff = cutoff(retention.numbering)
        while true {
            var keys = try await pool.read { try Self.forgettable($0, cutoff)[...] }
            let isLast = keys.count < Self.slice
            while !keys.isEmpty {
                try Task.checkCancellation()
                let done = try await queue.perform { [keys] transaction in
                    try transaction.writeCounts()
                    return try Self.forget(keys, cutoff, transaction.db)
                }
                keys = keys.dropFirst(done)
            }
            if isLast { return }
        }
    }

    private static let isForgettable = """
        last_activity_at < ? AND pending = 0
            AND NOT EXISTS (SELECT 1 FROM registrations r WHERE r.workflow = workflows.key)
            AND NOT EXISTS (SELECT 1 FROM history h WHERE h.workflow = workflows.key)
        """

    private static func forgettable(_ db: Database, _ cutoff: Int64) throws -> [Int64] {
        let rows = try db.rows("SELECT key FROM workflows WHERE \(isForgettable) LIMIT \(slice)", [cutoff])
        return try Array(rows.map { $0[0] })
    }

    /// Deletes workflows until the slice is full.
    /// - Returns: how many of `keys` are done.
    private static func forget(_ keys: ArraySlice<Int64>, _ cutoff: Int64, _ db: Database) throws -> Int {
        var left = slice
        for (index, key) in keys.enumerated() {
            guard try db.row("SELECT 1 FROM workflows WHERE \(isForgettable) AND key = ?", [cutoff, key]) != nil
            else { continue }
            try db.run(
                """
                DELETE FROM accepted
                WHERE workflow = ?1 AND artifact_id IN (SELECT artifact_id FROM accepted WHERE workflow = ?1 LIMIT ?2)
                """, [key, left])
            left -= db.changesCount
            if left <= 0 { return index }
            try db.run("DELETE FROM workflows WHERE key = ?", [key])
        }
        return keys.count
    }
}
