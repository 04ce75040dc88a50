internal import Domain
internal import GRDB

/// Writes finished attempts inside a transaction.
///
/// Ignores an attempt that is already recorded, or whose delivery is final, so that recording again is safe.
struct RecordWriter {
    let db: Database
    /// Whether the body of a delivery that fails is kept.
    let keepsFailed: Bool

    func add(_ record: AttemptRecord) throws {
        guard try charge(record) else { return }
        let attempt = record.attempt
        try db.run(
            "INSERT INTO attempts (delivery, number, started_at, duration, status, error) VALUES (?, ?, ?, ?, ?, ?)",
            [
                record.delivery.id.rawValue, attempt.number, attempt.startedAt.microseconds,
                max(attempt.duration.microseconds, 0), attempt.status, attempt.errorClass?.description,
            ])
    }

    /// Updates the delivery.
    /// - Returns: false if the attempt is already recorded, or the delivery is not pending.
    private func charge(_ record: AttemptRecord) throws -> Bool {
        switch record.verdict {
        case .retry:
            try db.run(
                """
                UPDATE deliveries SET attempts = ?, next_attempt_at = ?
                WHERE id = ? AND state = 'pending' AND attempts < ?
                """,
                [
                    record.attempt.number, record.nextAttemptAt?.steady.microseconds, record.delivery.id.rawValue,
                    record.attempt.number,
                ])
        case .delivered: try finish(record, as: .delivered, keepsBody: false)
        case .failed(let error): try finish(record, as: .failed(error), keepsBody: keepsFailed)
        }
        return db.changesCount > 0
    }

    private func finish(_ record: AttemptRecord, as state: DeliveryState, keepsBody: Bool) throws {
        try db.run(
            """
            UPDATE deliveries
            SET attempts = ?, next_attempt_at = NULL, state = ?, reason = ?, finished_at = ?, kept = ?
            WHERE id = ? AND state = 'pending' AND attempts < ?
            """,
            [
                record.attempt.number, state.name, state.reason, record.endedAt.steady.microseconds, keepsBody,
                record.delivery.id.rawValue, record.attempt.number,
            ])
    }
}
