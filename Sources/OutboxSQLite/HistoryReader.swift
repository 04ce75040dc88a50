internal import Domain
internal import GRDB
internal import Outbox

/// Reads workflows and their deliveries for status.
struct HistoryReader {
    private let db: Database
    private var registrations: RegistrationReader

    init(_ db: Database) {
        self.db = db
        registrations = RegistrationReader(db)
    }

    /// Workflows, the latest activity first.
    mutating func workflows(_ filter: WorkflowFilter, limit: Int) throws -> [WorkflowSummary] {
        let condition =
            switch filter {
            case .all: "TRUE"
            case .active: "w.pending > 0"
            case .finished: "w.pending = 0"
            }
        let rows = try db.rows(
            """
            SELECT \(WorkflowRow.columns) FROM \(WorkflowRow.source)
            WHERE \(condition) ORDER BY w.last_activity_at DESC LIMIT ?
            """, [limit])
        var summaries: [WorkflowSummary] = []
        while let row = try rows.next() { summaries.append(try WorkflowRow.summary(row, &registrations)) }
        return summaries
    }

    mutating func history(of id: CorrelationID) throws -> WorkflowHistory? {
        let sql = "SELECT \(WorkflowRow.columns) FROM \(WorkflowRow.source) WHERE w.correlation_id = ?"
        guard let row = try db.row(sql, [id.rawValue.bytes]) else { return nil }
        return WorkflowHistory(
            summary: try WorkflowRow.summary(row, &registrations), deliveries: try deliveries(ofWorkflow: row[0]))
    }

    private func deliveries(ofWorkflow key: Int64) throws -> [DeliveryHistory] {
        let rows = try db.rows(
            """
            SELECT a.sequence, a.artifact_id, d.artifact_type, o.scheme, o.host, o.port, d.received_at, d.state,
                d.reason, d.next_attempt_at, d.id
            FROM accepted a
            CROSS JOIN deliveries d ON d.id = a.delivery
            CROSS JOIN origins o ON o.key = d.origin
            WHERE a.workflow = ? ORDER BY a.sequence
            """, [key])
        var deliveries: [DeliveryHistory] = []
        while let row = try rows.next() {
            deliveries.append(
                DeliveryHistory(
                    sequence: SequenceNumber(row[0]), artifactID: ArtifactID(row.text(1)), artifactType: row.text(2),
                    origin: try row.origin(3), receivedAt: row.knownTime(6), state: row.state(7),
                    attempts: try attempts(of: row[10]), nextAttemptAt: row.time(9)))
        }
        return deliveries
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
}
