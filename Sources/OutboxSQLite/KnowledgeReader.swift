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
        for id in query.redeliveredWorkflows { try readFailed(id) }
        for (id, sequences) in query.redeliveredSequences { try read(sequences, of: id) }
        for artifact in query.artifacts where try isAccepted(artifact) { knowledge.accepted.insert(artifact) }
        for id in query.completions { knowledge.failedSequences[id] = try failedSequences(id) }
        let registered = knowledge.workflows.values.compactMap { $0.registration?.url.origin }
        for origin in query.origins.union(registered) {
            knowledge.pendingBytesByOrigin[origin] = try pendingBytes(to: origin)
        }
        return knowledge
    }

    private mutating func readTotals() throws {
        guard let row = try db.row("SELECT bytes, last_delivery, last_registration, kept_bytes FROM totals", []) else {
            throw OutboxError.damaged("the totals row is missing")
        }
        knowledge.pendingBytes = row[0]
        knowledge.lastDelivery = DeliveryID(row[1])
        knowledge.lastRegistration = RegistrationID(row[2])
        knowledge.keptBytes = row[3]
    }

    private mutating func workflow(_ id: CorrelationID) throws -> Workflow? {
        let sql = "SELECT \(WorkflowRow.columns) FROM \(WorkflowRow.source) WHERE w.correlation_id = ?"
        guard let row = try db.row(sql, [id.rawValue.bytes]) else { return nil }
        keys[id] = row[0]
        return try WorkflowRow.summary(row, &registrations).workflow
    }

    // MARK: Redeliveries

    private static let redelivery = """
        SELECT a.sequence, d.id, d.state, d.kept, d.body_bytes, d.attempts, r.ordering, o.scheme, o.host, o.port
        FROM accepted a
        CROSS JOIN deliveries d ON d.id = a.delivery
        CROSS JOIN registrations r ON r.id = d.registration
        CROSS JOIN origins o ON o.key = d.origin
        WHERE a.workflow = ?
        """

    private mutating func readFailed(_ id: CorrelationID) throws {
        guard let key = keys[id] else { return }
        var found = knowledge.redeliveries[id] ?? [:]
        let rows = try db.rows("\(Self.redelivery) AND d.state = 'failed'", [key])
        while let row = try rows.next() { found[SequenceNumber(row[0])] = try Self.redelivery(row, of: id) }
        knowledge.redeliveries[id] = found
    }

    private mutating func read(_ sequences: Set<SequenceNumber>, of id: CorrelationID) throws {
        guard let key = keys[id] else { return }
        var found = knowledge.redeliveries[id] ?? [:]
        for sequence in sequences {
            let row = try db.row("\(Self.redelivery) AND a.sequence = ?", [key, sequence.rawValue])
            if let row { found[sequence] = try Self.redelivery(row, of: id) }
        }
        knowledge.redeliveries[id] = found
    }

    private static func redelivery(_ row: Row, of id: CorrelationID) throws -> Redelivery {
        guard row[2] as String == "failed" else { return .notNeeded }
        guard row[3] as Int == 1 else { return .gone }
        let isOrdered = row[6] as String == DeliveryOrder.ordered.rawValue
        return .possible(
            Ticket(
                id: DeliveryID(row[1]), origin: try row.origin(7), orderedWorkflow: isOrdered ? id : nil,
                bodyBytes: row[4], attempts: row[5], attemptsBefore: row[5]))
    }

    // MARK: Completions

    private func failedSequences(_ id: CorrelationID) throws -> [SequenceNumber] {
        guard let key = keys[id] else { return [] }
        let rows = try db.rows(
            """
            SELECT sequence FROM accepted INDEXED BY accepted_failed
            WHERE workflow = ? AND failed = 1 ORDER BY sequence
            """, [key])
        return try Array(rows.map { SequenceNumber($0[0]) })
    }

    static func dueCompletions(limit: Int, _ db: Database) throws -> [CorrelationID] {
        let rows = try db.rows(
            """
            SELECT correlation_id FROM workflows INDEXED BY workflows_completing
            WHERE requested_completion IS NOT NULL AND pending = 0 LIMIT ?
            """, [limit])
        return try Array(rows.map { CorrelationID($0.text(0)) })
    }

    // MARK: Artifacts and origins

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
