internal import Domain
internal import GRDB
internal import Outbox

/// Reads what an `IntakeQuery` asks for.
struct KnowledgeReader {
    private let db: Database
    private var registrations: RegistrationReader
    private var keys: [CorrelationID: Int64] = [:]
    private var knowledge = Knowledge()

    init(_ db: Database) {
        self.db = db
        registrations = RegistrationReader(db)
    }

    mutating func read(_ query: IntakeQuery) throws -> Knowledge {
        try readTotals()
        for id in query.workflows { knowledge.workflows[id] = try workflow(id) }
        for artifact in query.artifacts where try isAccepted(artifact) { knowledge.accepted.insert(artifact) }
        let registered = knowledge.workflows.values.compactMap { $0.registration?.url.origin }
        for origin in query.origins.union(registered) {
            knowledge.pendingBytesByOrigin[origin] = try pendingBytes(to: origin)
        }
        return knowledge
    }

    private mutating func readTotals() throws {
        guard let row = try db.row("SELECT bytes, last_delivery, last_registration FROM totals", []) else {
            throw OutboxError.damaged("the totals row is missing")
        }
        knowledge.pendingBytes = row[0]
        knowledge.lastDelivery = DeliveryID(row[1])
        knowledge.lastRegistration = RegistrationID(row[2])
    }

    private mutating func workflow(_ id: CorrelationID) throws -> Workflow? {
        let sql = "SELECT \(WorkflowRow.columns) FROM \(WorkflowRow.source) WHERE w.correlation_id = ?"
        guard let row = try db.row(sql, [id.rawValue.bytes]) else { return nil }
        keys[id] = row[0]
        return try WorkflowRow.summary(row, &registrations).workflow
    }

    private func isAccepted(_ artifact: ArtifactKey) throws -> Bool {
        guard let key = keys[artifact.correlationID] else { return false }
        let sql = "SELECT 1 FROM accepted WHERE workflow = ? AND artifact_id = ?"
        return try db.row(sql, [key, artifact.artifactID.rawValue.bytes]) != nil
    }

    private func pendingBytes(to origin: Origin) throws -> Int {
        let sql = "SELECT bytes FROM origins WHERE host = ? AND port = ? AND scheme = ?"
        return try db.row(sql, [origin.host, Int64(origin.port), origin.scheme.rawValue])?[0] ?? 0
    }
}
