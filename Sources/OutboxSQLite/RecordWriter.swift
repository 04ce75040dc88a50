internal import Domain
internal import GRDB

/// Writes finished attempts inside a transaction.
///
/// Ignores an attempt that is already recorded, or whose delivery is final, so that recording again is safe.
struct RecordWriter {
    private struct Pending {
        let counted: CountChanges.CountedDelivery
        /// Attempts recorded so far.
        let attempts: Int64
    }

    let transaction: WriteTransaction
    /// Whether the body of a delivery that fails is kept.
    let keepsFailed: Bool
    private let find: BoundStatement
    private let finish: BoundStatement
    private let delete: BoundStatement

    init(_ transaction: WriteTransaction, keepsFailed: Bool) throws {
        self.transaction = transaction
        self.keepsFailed = keepsFailed
        find = try BoundStatement(
            transaction.db,
            """
            SELECT workflow, registration, origin, length(body),
                ifnull((SELECT attempts FROM retries WHERE delivery = ?1), 0)
            FROM pending WHERE id = ?1
            """)
        finish = try BoundStatement(
            transaction.db,
            """
            INSERT INTO history (
                delivery, workflow, registration, origin, sequence, artifact_id, artifact_type, created_at, received_at,
                body_bytes, reason, finished_at, attempts, started_at, duration, status, error, kept)
            SELECT id, workflow, registration, origin, sequence, artifact_id, artifact_type, created_at, received_at,
                length(body), ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9
            FROM pending WHERE id = ?1
            """)
        delete = try BoundStatement(transaction.db, "DELETE FROM pending WHERE id = ?")
    }

    func add(_ record: AttemptRecord) throws {
        guard let pending = try pending(record.delivery.id), pending.attempts < record.attempt.number else { return }
        switch record.verdict {
        case .retry: try retry(record)
        case .delivered: try end(record, pending, as: nil, keepsBody: false)
        case .failed(let error): try end(record, pending, as: error, keepsBody: keepsFailed)
        }
    }

    private func pending(_ id: DeliveryID) throws -> Pending? {
        try find.first(.integer(id.rawValue)) { row in
            Pending(
                counted: CountChanges.CountedDelivery(
                    workflow: row.integer(0), registration: row.integer(1), origin: row.integer(2),
                    bytes: Int(row.integer(3))),
                attempts: row.integer(4))
        }
    }

    private func retry(_ record: AttemptRecord) throws {
        let attempt = record.attempt
        try BoundStatement(
            transaction.db,
            "INSERT INTO attempts (delivery, number, started_at, duration, status, error) VALUES (?, ?, ?, ?, ?, ?)"
        ).run(
            .integer(record.delivery.id.rawValue), .integer(attempt.number), .integer(attempt.startedAt.microseconds),
            .integer(attempt.recordedDuration), .init(attempt.status.map { Int64($0) }),
            .init(attempt.errorClass?.description))
        try BoundStatement(
            transaction.db,
            """
            INSERT INTO retries (delivery, attempts, attempts_before, next_attempt_at) VALUES (?1, ?2, 0, ?3)
            ON CONFLICT (delivery) DO UPDATE SET attempts = ?2, next_attempt_at = ?3
            """
        ).run(
            .integer(record.delivery.id.rawValue), .integer(attempt.number),
            .init(record.nextAttemptAt?.steady.microseconds))
    }

    private func end(_ record: AttemptRecord, _ pending: Pending, as error: ErrorClass?, keepsBody: Bool) throws {
        let (id, attempt) = (BoundStatement.Value.integer(record.delivery.id.rawValue), record.attempt)
        let endedAt = record.endedAt.steady.microseconds
        try finish.run(
            id, .init(error?.description), .integer(endedAt), .integer(attempt.number),
            .integer(attempt.startedAt.microseconds), .integer(attempt.recordedDuration),
            .init(attempt.status.map { Int64($0) }), .init(attempt.errorClass?.description),
            .integer(keepsBody ? 1 : 0))
        if keepsBody {
            let key = transaction.db.lastInsertedRowID
            try KeptBodies(transaction: transaction).keep(record.delivery.id, key: key)
        }
        if error != nil { try markFailed(record, pending) }
        try delete.run(id)
        if pending.attempts > 0 {
            try BoundStatement(transaction.db, "DELETE FROM retries WHERE delivery = ?").run(id)
        }
        transaction.counts.ended(pending.counted, delivered: error == nil, at: endedAt, keepsBody: keepsBody)
    }

    private func markFailed(_ record: AttemptRecord, _ pending: Pending) throws {
        try BoundStatement(
            transaction.db, "UPDATE accepted SET failed = 1 WHERE workflow = ? AND artifact_id = ?"
        ).run(
            .integer(pending.counted.workflow), .bytes(ArtifactIDColumn.encode(record.delivery.artifactID)))
    }
}

extension Attempt {
    /// In microseconds; never negative.
    fileprivate var recordedDuration: Int64 { max(duration.microseconds, 0) }
}
