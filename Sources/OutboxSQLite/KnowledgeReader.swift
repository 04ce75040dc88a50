internal import Domain
internal import GRDB
internal import Outbox

/// Reads what an `IntakeQuery` asks for.
struct KnowledgeReader {
    private let db: Database
    private var registrations: RegistrationReader
    /// The keys of the workflows that are known.
    private(set) var keys: [CorrelationID: Int64] = [:]
    private var knowledge = Knowledge()

    init(_ db: Database) {
        self.db = db
        registrations = RegistrationReader(db)
    }

    mutating func read(_ query: IntakeQuery) throws -> Knowledge {
        try readTotals()
        let workflows = try BoundStatement(
            db, "SELECT \(WorkflowRow.columns) FROM \(WorkflowRow.source) WHERE w.correlation_id = ?")
        for id in query.workflows { knowledge.workflows[id] = try workflow(id, workflows) }
        for id in query.redeliveredWorkflows { try readFailed(id) }
        for (id, sequences) in query.redeliveredSequences { try read(sequences, of: id) }
        let accepted = try BoundStatement(db, "SELECT 1 FROM accepted WHERE workflow = ? AND artifact_id = ?")
        for artifact in query.artifacts where try isAccepted(artifact, accepted) { knowledge.accepted.insert(artifact) }
        for id in query.completions { knowledge.failedSequences[id] = try failedSequences(id) }
        let registered = knowledge.workflows.values.lazy.compactMap { $0.registration?.url.origin }
        let origins = try BoundStatement(db, "SELECT bytes FROM origins WHERE host = ? AND port = ? AND scheme = ?")
        for origin in query.origins.union(registered) {
            knowledge.pendingBytesByOrigin[origin] = try pendingBytes(to: origin, origins)
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

    private mutating func workflow(_ id: CorrelationID, _ statement: BoundStatement) throws -> Workflow? {
        try statement.first(.bytes(of: id.rawValue)) { row in
            keys[id] = row.integer(0)
            return try WorkflowRow.summary(row, &registrations).workflow
        }
    }

    // MARK: Redeliveries

    private static let redelivery = """
        SELECT h.delivery, h.reason, h.kept, h.body_bytes, h.attempts, r.ordering, o.scheme, o.host, o.port
        FROM history h
        LEFT JOIN registrations r ON r.id = h.registration
        JOIN origins o ON o.key = h.origin
        WHERE h.workflow = ? AND h.sequence = ?
        """
    private static let pending = """
        SELECT 1 FROM registrations r CROSS JOIN pending p ON p.registration = r.id
        WHERE r.workflow = ? AND p.sequence = ?
        """

    private mutating func readFailed(_ id: CorrelationID) throws {
        try read(failedSequences(id), of: id)
    }

    private mutating func read(_ sequences: some Sequence<SequenceNumber>, of id: CorrelationID) throws {
        guard let key = keys[id] else { return }
        var found = knowledge.redeliveries[id] ?? [:]
        let history = try BoundStatement(db, Self.redelivery)
        let pending = try BoundStatement(db, Self.pending)
        for sequence in sequences {
            let number = BoundStatement.Value.integer(sequence.rawValue)
            found[sequence] =
                try history.first(.integer(key), number, read: { try Self.redelivery($0, of: id) })
                ?? pending.first(.integer(key), number, read: { _ in .notNeeded })
        }
        knowledge.redeliveries[id] = found
    }

    private static func redelivery(_ row: ColumnReader, of id: CorrelationID) throws -> Redelivery {
        if row.isNull(1) { return .notNeeded }
        guard row.integer(2) == 1 else { return .gone }
        let isOrdered = row.optionalText(5) == DeliveryOrder.ordered.rawValue
        let attempts = Int(row.integer(4))
        return .possible(
            Ticket(
                id: DeliveryID(row.integer(0)), origin: try row.origin(6), orderedWorkflow: isOrdered ? id : nil,
                bodyBytes: Int(row.integer(3)), attempts: attempts, attemptsBefore: attempts))
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
        let statement = try BoundStatement(
            db,
            """
            SELECT correlation_id FROM workflows INDEXED BY workflows_completing
            WHERE requested_completion IS NOT NULL AND pending = 0 LIMIT ?
            """)
        return try statement.all([.integer(limit)]) { CorrelationID($0.text(0)) }
    }

    // MARK: Artifacts and origins

    private func isAccepted(_ artifact: ArtifactKey, _ statement: BoundStatement) throws -> Bool {
        guard let key = keys[artifact.correlationID] else { return false }
        let id = ArtifactIDColumn.encode(artifact.artifactID)
        return try statement.first(.integer(key), .bytes(id)) { _ in true } ?? false
    }

    private func pendingBytes(to origin: Origin, _ statement: BoundStatement) throws -> Int {
        try statement.first(.text(origin.host), .integer(Int(origin.port)), .text(origin.scheme.rawValue)) {
            Int($0.integer(0))
        } ?? 0
    }
}
