internal import Domain
internal import GRDB
internal import Outbox

/// Running totals, so that no query counts rows.
struct Totals: Sendable {
    var pending = 0
    /// Bytes of the bodies of pending deliveries.
    var bytes = 0
    /// Finished deliveries in the history, including those whose bodies are kept.
    var finished = 0
    /// Failed deliveries whose bodies are kept.
    var kept = 0
    /// Bytes of the bodies that are kept.
    var keptBytes = 0
    var registrations = 0
    /// Rows of `credentials` that hold a URL target and a secret.
    var credentials = 0
    /// Rows of `credentials` erased and kept bodies dropped so far: the log must be emptied of them.
    var erased = 0
    /// When the oldest pending delivery was received.
    var oldestPendingSince: SteadyTime?

    var figures: OutboxFigures {
        var figures = OutboxFigures()
        figures.pending = pending
        figures.bytes = bytes
        figures.registrations = registrations
        figures.oldestPendingSince = oldestPendingSince
        return figures
    }

    static func read(_ db: Database) throws -> Totals {
        let statement = try db.cachedStatement(
            sql: """
                SELECT pending, bytes, finished, registrations, credentials, erased, kept, kept_bytes,
                    (SELECT received_at FROM pending ORDER BY id LIMIT 1)
                FROM totals
                """)
        guard let row = try Row.fetchOne(statement) else { throw OutboxError.damaged("the totals row is missing") }
        var totals = Totals()
        (totals.pending, totals.bytes, totals.finished) = (row[0], row[1], row[2])
        (totals.registrations, totals.credentials, totals.erased) = (row[3], row[4], row[5])
        (totals.kept, totals.keptBytes) = (row[6], row[7])
        totals.oldestPendingSince = row.time(8)
        return totals
    }
}
