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
        let workflows = try BoundStatement(db, Self.workflows)
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

    private static let workflows = """
        SELECT w.key, w.last_sequence, w.last_activity_at, w.completed_at, w.pending, w.requested_completion,
            w.completion_sequence, r.id
        FROM workflows w LEFT JOIN registrations r ON r.workflow = w.key AND r.ended = 0
        WHERE w.correlation_id = ?
        """

    private mutating func workflow(_ id: CorrelationID, _ statement: BoundStatement) throws -> Workflow? {
        try statement.first(.bytes(of: id.rawValue)) { row in
            keys[id] = row.integer(0)
            var workflow = Workflow(correlationID: id, lastActivityAt: SteadyTime(microseconds: row.integer(2)))
            workflow.lastSequence = SequenceNumber(row.integer(1))
            workflow.completedAt = row.optionalInteger(3).map { SteadyTime(microseconds: $0) }
            workflow.pending = Int(row.integer(4))
            workflow.requestedCompletion = row.optionalText(5).flatMap(CompletionStatus.init)
            workflow.completionSequence = row.optionalInteger(6).map { SequenceNumber($0) }
            if let registration = row.optionalInteger(7) {
                workflow.registration = try registrations.registration(registration)
            }
            return workflow
        }
    }

    // MARK: Redeliveries

    private static let redelivery = """
        SELECT h.sequence, h.delivery, h.kept, h.body_bytes, h.attempts, r.ordering, o.scheme, o.host, o.port
        FROM history h
        LEFT JOIN registrations r ON r.id = h.registration
        JOIN origins o ON o.key = h.origin
        WHERE h.workflow = ? AND h.sequence = ? AND h.reason IS NOT NULL
        """

    private mutating func readFailed(_ id: CorrelationID) throws {
        try read(failedSequences(id), of: id)
    }

    /// A delivery that is neither failed nor forgotten needs no redelivery.
    private mutating func read(_ sequences: some Sequence<SequenceNumber>, of id: CorrelationID) throws {
        guard let key = keys[id] else { return }
        var found = knowledge.redeliveries[id] ?? [:]
        let statement = try BoundStatement(db, Self.redelivery)
        for sequence in sequences {
            let failed = try statement.first(
                .integer(key), .integer(sequence.rawValue), read: { try Self.redelivery($0, of: id) })
            if let failed {
                found[sequence] = failed
            } else if try isKnown(sequence, key) {
                found[sequence] = .notNeeded
            }
        }
        knowledge.redeliveries[id] = found
    }

    /// Whether a delivery is pending or in the history.
    private func isKnown(_ sequence: SequenceNumber, _ workflow: Int64) throws -> Bool {
        try db.row(
            """
            SELECT 1 FROM history WHERE workflow = ?1 AND sequence = ?2
            UNION ALL
            SELECT 1 FROM registrations r JOIN pending p ON p.registration = r.id AND p.sequence = ?2
            WHERE r.workflow = ?1
            LIMIT 1
            """, [workflow, sequence.rawValue]) != nil
    }

    private static func redelivery(_ row: ColumnReader, of id: CorrelationID) throws -> Redelivery {
        guard row.integer(2) == 1 else { return .gone }
        let isOrdered = row.optionalText(5) == DeliveryOrder.ordered.rawValue
        let attempts = Int(row.integer(4))
        return .possible(
            Ticket(
                id: DeliveryID(row.integer(1)), origin: try row.origin(6), orderedWorkflow: isOrdered ? id : nil,
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
        let rows = try db.rows(
            """
            SELECT correlation_id FROM workflows INDEXED BY workflows_completing
            WHERE requested_completion IS NOT NULL AND pending = 0 LIMIT ?
            """, [limit])
        return try Array(rows.map { CorrelationID($0.text(0)) })
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
