internal import Domain
internal import GRDB
internal import Outbox

/// Reads one workflow and its deliveries for status.
///
/// A later registration of a workflow has a higher id, and so have the deliveries that it accepts. So the order of
/// registrations and, within each, of deliveries is the order of sequence numbers, and no query sorts or skips rows.
struct HistoryReader {
    /// The columns of `columns`, for the deliveries of a workflow whose ids are in a range, in the order of their numbers.
    private static let deliveries = """
        registrations r INDEXED BY registrations_workflow
        CROSS JOIN deliveries d INDEXED BY deliveries_registration ON d.registration = r.id
        """

    let db: Database

    /// The key of a workflow; nil if the outbox does not know it.
    func key(of id: CorrelationID) throws -> Int64? {
        try db.row("SELECT key FROM workflows WHERE correlation_id = ?", [id.rawValue.bytes])?[0]
    }

    func summary(_ key: Int64) throws -> WorkflowSummary? {
        var registrations = RegistrationReader(db)
        let sql = "SELECT \(WorkflowRow.columns) FROM \(WorkflowRow.source) WHERE w.key = ?"
        return try db.row(sql, [key]).map { try WorkflowRow.summary($0, &registrations) }
    }

    /// The id of the first delivery that has this sequence number or a higher one.
    func delivery(from sequence: SequenceNumber, of key: Int64) throws -> Int64? {
        try db.row(
            "SELECT delivery FROM accepted WHERE workflow = ? AND sequence >= ? ORDER BY sequence LIMIT 1",
            [key, sequence.rawValue])?[0]
    }

    /// The first sequence number in the history.
    func first(of key: Int64) throws -> SequenceNumber? {
        let row = try db.row(
            """
            SELECT a.sequence FROM \(Self.deliveries) CROSS JOIN accepted a ON a.delivery = d.id
            WHERE r.workflow = ? ORDER BY r.id, d.id LIMIT 1
            """, [key])
        return row.map { SequenceNumber($0[0]) }
    }

    /// The last delivery that the workflow accepted; nil: it accepted none.
    func last(of key: Int64) throws -> (sequence: SequenceNumber, delivery: Int64)? {
        try db.row(
            "SELECT sequence, delivery FROM accepted WHERE workflow = ? ORDER BY sequence DESC LIMIT 1", [key]
        ).map { (SequenceNumber($0[0]), $0[1]) }
    }

    /// Counts deliveries in the history with these ids, the first `limit` at most. Reads an index only.
    ///
    /// - Returns: the count, and the last id counted; 0 if there is none.
    func count(_ ids: ClosedRange<Int64>, of key: Int64, limit: Int) throws -> (count: Int, last: Int64) {
        let row = try db.row(
            """
            SELECT count(*), ifnull(max(id), 0) FROM (
                SELECT d.id FROM \(Self.deliveries) WHERE r.workflow = ? AND d.id BETWEEN ? AND ?
                ORDER BY r.id, d.id LIMIT ?)
            """, [key, ids.lowerBound, ids.upperBound, limit])
        return row.map { ($0[0], $0[1]) } ?? (0, 0)
    }

    /// The id of the delivery `count` deliveries behind another; nil: there are not so many. Reads an index only.
    func delivery(_ count: Int, behind id: Int64, of key: Int64) throws -> Int64? {
        try db.row(
            """
            SELECT d.id FROM \(Self.deliveries) WHERE r.workflow = ? AND d.id >= ?
            ORDER BY r.id, d.id LIMIT 1 OFFSET ?
            """, [key, id, count])?[0]
    }

    /// The deliveries of a workflow with these ids.
    func deliveries(
        _ ids: Range<Int64>, in state: HistoryQuery.State?, of key: Int64, limit: Int
    ) throws -> [DeliveryHistory] {
        var condition = "r.workflow = ? AND d.id >= ? AND d.id < ?"
        var arguments: StatementArguments = [key, ids.lowerBound, ids.upperBound]
        if let state {
            condition += " AND d.state = ?"
            arguments += [state.rawValue]
        }
        if state == .pending { condition += " AND r.pending > 0" }
        let rows = try db.rows(
            """
            SELECT a.sequence, a.artifact_id, d.artifact_type, o.scheme, o.host, o.port, d.received_at, d.state,
                d.reason, d.next_attempt_at, d.created_at, d.finished_at, d.id
            FROM \(Self.deliveries)
            CROSS JOIN accepted a ON a.delivery = d.id
            CROSS JOIN origins o ON o.key = d.origin
            WHERE \(condition) ORDER BY r.id, d.id LIMIT ?
            """, arguments + [limit])
        var deliveries: [DeliveryHistory] = []
        while let row = try rows.next() { deliveries.append(try delivery(row)) }
        return deliveries
    }

    private func delivery(_ row: Row) throws -> DeliveryHistory {
        DeliveryHistory(
            sequence: SequenceNumber(row[0]), artifactID: ArtifactID(row.text(1)), artifactType: row.text(2),
            origin: try row.origin(3), createdAt: WallTime(microseconds: row[10]), receivedAt: row.knownTime(6),
            state: row.state(7), endedAt: row.time(11), attempts: try attempts(of: row[12]),
            nextAttemptAt: row.time(9))
    }

    private func attempts(of delivery: Int64) throws -> [Attempt] {
        let rows = try db.rows(
            "SELECT number, started_at, duration, status, error FROM attempts WHERE delivery = ? ORDER BY number",
            [delivery])
        return try Array(
            rows.map { row in
                Attempt(
                    number: row[0], startedAt: row.knownTime(1), duration: .microseconds(row[2] as Int64),
                    status: row[3], errorClass: (row[4] as String?).map { ErrorClass($0) })
            })
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

    /// The sequence numbers of pending deliveries with these ids.
    func pending(_ ids: Range<Int64>, of key: Int64) throws -> [Int64] {
        let rows = try db.rows(
            """
            SELECT a.sequence FROM \(Self.deliveries) CROSS JOIN accepted a ON a.delivery = d.id
            WHERE r.workflow = ? AND r.pending > 0 AND d.id >= ? AND d.id < ? AND d.state = 'pending'
            """, [key, ids.lowerBound, ids.upperBound])
        return try Array(rows.map { $0[0] })
    }
}
