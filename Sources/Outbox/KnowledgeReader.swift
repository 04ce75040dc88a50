internal import Events
internal import Foundation
internal import GRDB

/// Reads what intake must know before it decides: workflows, and which artifacts came before.
struct KnowledgeReader {
    private let db: Database
    private var registrations: RegistrationReader
    private var keys: [CorrelationID: Int64] = [:]
    private var knowledge = Knowledge()

    init(_ db: Database) {
        self.db = db
        registrations = RegistrationReader(db)
    }

    mutating func read(_ workflows: Set<CorrelationID>, _ artifacts: [ArtifactKey]) throws -> Knowledge {
        for id in workflows { knowledge.workflows[id] = try workflow(id) }
        for artifact in artifacts where try isAccepted(artifact) { knowledge.accepted.insert(artifact) }
        return knowledge
    }

    private mutating func workflow(_ id: CorrelationID) throws -> Workflow? {
        let sql = "SELECT \(WorkflowRow.columns) FROM \(WorkflowRow.source) WHERE w.correlation_id = ?"
        guard let row = try db.row(sql, [id.rawValue.bytes]) else { return nil }
        keys[id] = row[0]
        return try WorkflowRow.summary(row, &registrations).workflow
    }

    private mutating func isAccepted(_ artifact: ArtifactKey) throws -> Bool {
        guard let key = try key(of: artifact.correlationID) else { return false }
        let sql = "SELECT 1 FROM accepted WHERE workflow = ? AND artifact_id = ?"
        return try db.row(sql, [key, artifact.artifactID.rawValue.bytes]) != nil
    }

    private mutating func key(of id: CorrelationID) throws -> Int64? {
        if let key = keys[id] { return key }
        keys[id] = try db.row("SELECT key FROM workflows WHERE correlation_id = ?", [id.rawValue.bytes])?[0]
        return keys[id]
    }
}

/// A workflow with the id of its current registration, as several questions read it.
enum WorkflowRow {
    static let columns = """
        w.key, w.correlation_id, w.last_sequence, w.last_activity_at, w.last_artifact_at, w.completed_at, w.pending,
        w.delivered, w.failed, r.id
        """
    static let source = "workflows w LEFT JOIN registrations r ON r.workflow = w.key AND r.ended = 0"

    static func summary(_ row: Row, _ registrations: inout RegistrationReader) throws -> WorkflowSummary {
        var workflow = Workflow(correlationID: CorrelationID(row.text(1)), lastActivityAt: row.knownTime(3))
        workflow.lastSequence = Sequence(row[2])
        workflow.lastArtifactAt = row.time(4)
        workflow.completedAt = row.time(5)
        workflow.pending = row[6]
        if let id = row[9] as Int64? {
            workflow.registration = StoredRegistration(
                id: RegistrationID(id), registration: try registrations.registration(id))
        }
        return WorkflowSummary(workflow: workflow, delivered: row[7], failed: row[8])
    }
}
