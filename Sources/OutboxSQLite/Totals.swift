internal import Domain
internal import GRDB
internal import Outbox

/// Running totals that triggers maintain, so that no query counts rows.
struct Totals: Sendable {
    var pending = 0
    /// Bytes of the bodies of pending deliveries.
    var bytes = 0
    /// Finished deliveries in the history.
    var finished = 0
    var registrations = 0
    /// Rows of `credentials` that hold a URL target and a secret.
    var credentials = 0
    /// Rows of `credentials` erased so far.
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
                SELECT pending, bytes, finished, registrations, credentials, erased,
                    (SELECT received_at FROM deliveries WHERE id = (SELECT min(delivery) FROM bodies))
                FROM totals
                """)
        guard let row = try Row.fetchOne(statement) else { throw OutboxError.damaged("the totals row is missing") }
        var totals = Totals()
        (totals.pending, totals.bytes, totals.finished) = (row[0], row[1], row[2])
        (totals.registrations, totals.credentials, totals.erased) = (row[3], row[4], row[5])
        totals.oldestPendingSince = row.time(6)
        return totals
    }
}
