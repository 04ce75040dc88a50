internal import Domain
internal import GRDB
internal import Outbox

/// Reads one workflow and its deliveries for status.
///
/// A later registration of a workflow has a higher id and higher sequence numbers, so no query sorts.
struct HistoryReader {
    /// The pending deliveries of a workflow in the order of their numbers.
    private static let pending = """
        registrations r INDEXED BY registrations_workflow
        CROSS JOIN pending p INDEXED BY pending_registration ON p.registration = r.id
        """

    let db: Database

    /// The key of a workflow; nil if the outbox does not know it.
    func key(of id: CorrelationID) throws -> Int64? {
        try db.row("SELECT key FROM workflows WHERE correlation_id = ?", [id.rawValue.bytes])?[0]
    }

    func summary(_ key: Int64) throws -> WorkflowSummary? {
        var registrations = RegistrationReader(db)
        let sql = "SELECT \(WorkflowRow.columns) FROM \(WorkflowRow.source) WHERE w.key = ?"
        return try BoundStatement(db, sql).first(.integer(key)) { try WorkflowRow.summary($0, &registrations) }
    }

    /// The first sequence number that is pending or in the history.
    func first(of key: Int64) throws -> SequenceNumber? {
        let row = try db.row(
            """
            SELECT min(sequence) FROM (
                SELECT * FROM (SELECT sequence FROM history WHERE workflow = ?1 ORDER BY sequence LIMIT 1)
                UNION ALL
                SELECT * FROM (
                    SELECT p.sequence FROM \(Self.pending) WHERE r.workflow = ?1 ORDER BY r.id, p.sequence LIMIT 1))
            """, [key])
        return (row?[0] as Int64?).map { SequenceNumber($0) }
    }

    /// Counts the deliveries in the history with these numbers. Reads an index only.
    func count(_ sequences: Range<Int64>, of key: Int64) throws -> Int {
        try db.row(
            "SELECT count(*) FROM history WHERE workflow = ? AND sequence >= ? AND sequence < ?",
            [key, sequences.lowerBound, sequences.upperBound])?[0] ?? 0
    }

    // MARK: Deliveries

    /// The first `limit` deliveries with these numbers.
    func deliveries(
        _ sequences: Range<Int64>, in state: HistoryQuery.State?, of key: Int64, limit: Int
    ) throws -> [DeliveryHistory] {
        let values: [BoundStatement.Value] = [
            .integer(key), .integer(sequences.lowerBound), .integer(sequences.upperBound), .integer(limit),
        ]
        var found: [DeliveryHistory] = []
        if state == nil || state == .pending {
            found += try BoundStatement(db, Self.pendingDeliveries).all(values) { try pendingDelivery($0) }
        }
        if state != .pending {
            found += try BoundStatement(db, Self.finalDeliveries(state)).all(values) { try finalDelivery($0) }
        }
        return Array(found.sorted { $0.sequence < $1.sequence }.prefix(limit))
    }

    private static let pendingDeliveries = """
        SELECT p.sequence, p.artifact_id, p.artifact_type, o.scheme, o.host, o.port, p.created_at, p.received_at, p.id,
            t.next_attempt_at
        FROM \(pending)
        CROSS JOIN origins o ON o.key = p.origin
        LEFT JOIN retries t ON t.delivery = p.id
        WHERE r.workflow = ? AND p.sequence >= ? AND p.sequence < ? ORDER BY r.id, p.sequence LIMIT ?
        """

    private static func finalDeliveries(_ state: HistoryQuery.State?) -> String {
        """
        SELECT h.sequence, h.artifact_id, h.artifact_type, o.scheme, o.host, o.port, h.created_at, h.received_at,
            h.delivery, h.reason, h.finished_at, h.attempts, h.started_at, h.duration, h.status, h.error
        FROM history h CROSS JOIN origins o ON o.key = h.origin
        WHERE h.workflow = ? AND h.sequence >= ? AND h.sequence < ?\(condition(state)) ORDER BY h.sequence LIMIT ?
        """
    }

    private static func condition(_ state: HistoryQuery.State?) -> String {
        switch state {
        case .delivered: " AND h.reason IS NULL"
        case .failed: " AND h.reason IS NOT NULL"
        case .pending, nil: ""
        }
    }

    private func pendingDelivery(_ row: ColumnReader) throws -> DeliveryHistory {
        try delivery(row, .pending, attempts: attempts(of: row.integer(8)), nextAttemptAt: row.optionalTime(9))
    }

    private func finalDelivery(_ row: ColumnReader) throws -> DeliveryHistory {
        let count = row.integer(11)
        var attempts = count > 1 ? try attempts(of: row.integer(8)) : []
        if count > 0 { attempts.append(Self.attempt(row, number: 11)) }
        return try delivery(row, row.finalState(9), endedAt: row.time(10), attempts: attempts)
    }

    /// Both kinds have the same first columns.
    private func delivery(
        _ row: ColumnReader, _ state: DeliveryState, endedAt: SteadyTime? = nil, attempts: [Attempt],
        nextAttemptAt: SteadyTime? = nil
    ) throws -> DeliveryHistory {
        DeliveryHistory(
            sequence: SequenceNumber(row.integer(0)), artifactID: row.artifactID(1), artifactType: row.text(2),
            origin: try row.origin(3), createdAt: WallTime(microseconds: row.integer(6)), receivedAt: row.time(7),
            state: state, endedAt: endedAt, attempts: attempts, nextAttemptAt: nextAttemptAt)
    }

    private func attempts(of delivery: Int64) throws -> [Attempt] {
        let statement = try BoundStatement(
            db, "SELECT number, started_at, duration, status, error FROM attempts WHERE delivery = ? ORDER BY number")
        return try statement.all([.integer(delivery)]) { Self.attempt($0, number: 0) }
    }

    /// - Parameter column: the column of the number; those of the start, the duration, the status and the error follow it.
    private static func attempt(_ row: ColumnReader, number column: Int32) -> Attempt {
        Attempt(
            number: Int(row.integer(column)), startedAt: row.time(column + 1),
            duration: .microseconds(row.integer(column + 2)), status: row.optionalInteger(column + 3).map { Int($0) },
            errorClass: row.optionalText(column + 4).map { ErrorClass($0) })
    }

    // MARK: Ranges

    /// Deliveries that failed among these numbers, including those no longer in the history.
    func failures(_ sequences: ClosedRange<Int64>, of key: Int64) throws -> Int {
        try db.row(
            """
            SELECT count(*) FROM accepted INDEXED BY accepted_failed
            WHERE workflow = ? AND failed = 1 AND sequence BETWEEN ? AND ?
            """, [key, sequences.lowerBound, sequences.upperBound])?[0] ?? 0
    }

    /// The pending ones of these numbers. Reads indexes only.
    func pending(_ sequences: Range<Int64>, of key: Int64) throws -> [Int64] {
        let rows = try db.rows(
            "SELECT p.sequence FROM \(Self.pending) WHERE r.workflow = ? AND p.sequence >= ? AND p.sequence < ?",
            [key, sequences.lowerBound, sequences.upperBound])
        return try Array(rows.map { $0[0] })
    }
}
