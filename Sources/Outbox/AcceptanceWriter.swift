internal import Events
internal import Foundation
internal import GRDB

/// Writes one acceptance inside a transaction.
///
/// New registrations come in as ended and become current last, when the deliveries are there: until then the one they
/// replace is still current, and deliveries of the same batch may use either.
struct AcceptanceWriter {
    private let db: Database
    private var workflowKeys: [CorrelationID: Int64] = [:]
    private var registrations: RegistrationWriter

    init(_ db: Database) {
        self.db = db
        registrations = RegistrationWriter(db)
    }

    mutating func add(_ acceptance: Acceptance) throws {
        for workflow in acceptance.workflows { try add(workflow) }
        for stored in acceptance.registrations {
            try registrations.add(stored, workflow: try key(of: stored.registration.correlationID))
        }
        for workflow in acceptance.workflows {
            guard let stored = workflow.registration else { continue }
            try registrations.ensure(stored, workflow: try key(of: workflow.correlationID))
        }
        for delivery in acceptance.deliveries { try add(delivery, failed: acceptance.failedAtOnce[delivery.id]) }
        for workflow in acceptance.workflows {
            try registrations.makeCurrent(workflow.registration?.id, workflow: try key(of: workflow.correlationID))
        }
        try registrations.endOthers()
    }

    /// The counts are left alone: deliveries may have ended since the workflow was looked up.
    private mutating func add(_ workflow: Workflow) throws {
        let row = try db.row(
            """
            INSERT INTO workflows (correlation_id, last_sequence, last_activity_at, last_artifact_at, completed_at)
            VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (correlation_id) DO UPDATE SET
                last_sequence = max(last_sequence, excluded.last_sequence),
                last_activity_at = max(last_activity_at, excluded.last_activity_at),
                last_artifact_at = coalesce(excluded.last_artifact_at, last_artifact_at),
                completed_at = excluded.completed_at
            RETURNING key
            """,
            [
                workflow.correlationID.rawValue.bytes, workflow.lastSequence.rawValue,
                workflow.lastActivityAt.microseconds, workflow.lastArtifactAt?.microseconds,
                workflow.completedAt?.microseconds,
            ])
        workflowKeys[workflow.correlationID] = row?[0]
    }

    private mutating func key(of id: CorrelationID) throws -> Int64 {
        if let key = workflowKeys[id] { return key }
        guard let row = try db.row("SELECT key FROM workflows WHERE correlation_id = ?", [id.rawValue.bytes]) else {
            throw OutboxError.unknownWorkflow
        }
        workflowKeys[id] = row[0]
        return row[0]
    }

    private mutating func add(_ delivery: Delivery, failed reason: ErrorClass?) throws {
        let workflow = try key(of: delivery.correlationID)
        try db.run(
            "INSERT INTO accepted (delivery, workflow, sequence, artifact_id) VALUES (?, ?, ?, ?)",
            [delivery.id.rawValue, workflow, delivery.sequence.rawValue, delivery.artifactID.rawValue.bytes])
        let registration = try registrations.reference(to: delivery.registration, workflow: workflow)
        try insert(delivery, registration, reason)
        if reason == nil {
            try db.run(
                "INSERT INTO bodies (delivery, body) VALUES (?, ?)", [delivery.id.rawValue, Data(delivery.body)])
        }
    }

    private func insert(
        _ delivery: Delivery, _ registration: RegistrationWriter.Reference, _ reason: ErrorClass?
    ) throws {
        let state: DeliveryState = reason.map { .failed($0) } ?? .pending
        try db.run(
            """
            INSERT INTO deliveries (
                id, registration, origin, artifact_type, body_bytes, created_at, received_at, trace_parent,
                trace_state, state, reason, finished_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                delivery.id.rawValue, registration.id, registration.origin, delivery.artifactType.bytes,
                delivery.body.count, delivery.createdAt.microseconds, delivery.receivedAt.microseconds,
                delivery.trace?.parent, delivery.trace?.state, state.name, state.reason,
                state.isFinal ? delivery.receivedAt.microseconds : nil,
            ])
    }
}
