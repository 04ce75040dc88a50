internal import Domain
internal import GRDB

/// Writes one acceptance inside the transaction in which it was decided.
///
/// New registrations are inserted as ended and become current after the deliveries are inserted. Until then the
/// registrations that they replace stay current, so that deliveries of the same batch can use either.
struct AcceptanceWriter {
    private let transaction: WriteTransaction
    private var workflowKeys: [CorrelationID: Int64]
    private var registrations: RegistrationWriter
    private let insertAccepted: BoundStatement
    private let insertPending: BoundStatement

    /// - Parameter workflowKeys: those of the workflows that the outbox knows.
    init(_ transaction: WriteTransaction, workflowKeys: [CorrelationID: Int64]) throws {
        self.transaction = transaction
        self.workflowKeys = workflowKeys
        registrations = RegistrationWriter(transaction.db)
        insertAccepted = try BoundStatement(
            transaction.db, "INSERT INTO accepted (workflow, artifact_id, sequence, failed) VALUES (?, ?, ?, ?)")
        insertPending = try BoundStatement(
            transaction.db,
            """
            INSERT INTO pending (
                id, workflow, registration, origin, sequence, artifact_id, artifact_type, created_at, received_at,
                trace_parent, trace_state, body)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """)
    }

    mutating func add(_ acceptance: Acceptance) throws {
        for workflow in acceptance.workflows { try add(workflow) }
        for registration in acceptance.registrations {
            try registrations.add(registration, workflow: try key(of: registration.correlationID))
        }
        for delivery in acceptance.deliveries { try add(delivery, failed: acceptance.failedOnAcceptance[delivery.id]) }
        let current = Set(acceptance.workflows.compactMap { $0.registration?.id })
        for registration in acceptance.registrations {
            try registrations.finish(
                registration, isCurrent: current.contains(registration.id),
                workflow: try key(of: registration.correlationID))
        }
        let kept = KeptBodies(transaction: transaction)
        for ticket in acceptance.redelivered { try kept.redeliver(ticket.id) }
        if let max = acceptance.maxBytes { try kept.makeRoom(max: max) }
    }

    private mutating func add(_ workflow: Workflow) throws {
        let key = try workflowKeys[workflow.correlationID] ?? insert(workflow)
        transaction.counts.changed(workflow, key: key)
    }

    private mutating func insert(_ workflow: Workflow) throws -> Int64 {
        let statement = try BoundStatement(
            transaction.db,
            """
            INSERT INTO workflows (correlation_id, last_sequence, last_activity_at) VALUES (?, 0, ?)
            ON CONFLICT (correlation_id) DO UPDATE SET last_sequence = last_sequence
            RETURNING key
            """)
        let key = try statement.first(
            .bytes(of: workflow.correlationID.rawValue), .integer(workflow.lastActivityAt.microseconds),
            read: { $0.integer(0) })
        workflowKeys[workflow.correlationID] = key
        return try self.key(of: workflow.correlationID)
    }

    private func key(of id: CorrelationID) throws -> Int64 {
        guard let key = workflowKeys[id] else { throw OutboxError.unknownWorkflow }
        return key
    }

    private mutating func add(_ delivery: Delivery, failed reason: ErrorClass?) throws {
        let counted = CountChanges.CountedDelivery(
            workflow: try key(of: delivery.correlationID), registration: delivery.registration.id.rawValue,
            origin: try registrations.origin(of: delivery.registration.id), bytes: delivery.body.count)
        let artifactID = ArtifactIDColumn.encode(delivery.artifactID)
        try insertAccepted.run(
            .integer(counted.workflow), .bytes(artifactID), .integer(delivery.sequence.rawValue),
            .integer(reason == nil ? 0 : 1))
        if let reason {
            try insert(delivery, artifactID, counted, failed: reason)
        } else {
            try insert(delivery, artifactID, counted)
        }
    }

    private func insert(_ delivery: Delivery, _ artifactID: [UInt8], _ counted: CountChanges.CountedDelivery) throws {
        try insertPending.run(
            .integer(delivery.id.rawValue), .integer(counted.workflow), .integer(counted.registration),
            .integer(counted.origin), .integer(delivery.sequence.rawValue), .bytes(artifactID),
            .bytes(of: delivery.artifactType), .integer(delivery.createdAt.microseconds),
            .integer(delivery.receivedAt.microseconds), .init(delivery.trace?.parent), .init(delivery.trace?.state),
            .bytes(delivery.body))
        transaction.counts.accepted(delivery.id.rawValue, counted)
    }

    private func insert(
        _ delivery: Delivery, _ artifactID: [UInt8], _ counted: CountChanges.CountedDelivery, failed reason: ErrorClass
    ) throws {
        try BoundStatement(
            transaction.db,
            """
            INSERT INTO history (
                delivery, workflow, registration, origin, sequence, artifact_id, artifact_type, created_at, received_at,
                body_bytes, reason, finished_at, attempts, kept)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0)
            """
        ).run(
            .integer(delivery.id.rawValue), .integer(counted.workflow), .integer(counted.registration),
            .integer(counted.origin), .integer(delivery.sequence.rawValue), .bytes(artifactID),
            .bytes(of: delivery.artifactType), .integer(delivery.createdAt.microseconds),
            .integer(delivery.receivedAt.microseconds), .integer(counted.bytes), .text(reason.description),
            .integer(delivery.receivedAt.microseconds))
        transaction.counts.acceptedAsFailed(delivery.id.rawValue, counted)
    }
}
