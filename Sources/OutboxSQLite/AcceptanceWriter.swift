internal import Domain
internal import Foundation
internal import GRDB

/// Writes one acceptance inside the transaction in which it was decided.
///
/// New registrations are inserted as ended and become current after the deliveries are inserted. Until then the
/// registrations that they replace stay current, so that deliveries of the same batch can use either.
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
        let kept = KeptBodies(db: db)
        for ticket in acceptance.redelivered { try kept.redeliver(ticket.id) }
        if let max = acceptance.maxBytes { try kept.makeRoom(max: max) }
    }

    /// Does not write the counts, because triggers maintain them.
    private mutating func add(_ workflow: Workflow) throws {
        let row = try db.row(
            """
            INSERT INTO workflows (
                correlation_id, last_sequence, last_activity_at, completed_at, requested_completion, completion_sequence)
            VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT (correlation_id) DO UPDATE SET
                last_sequence = excluded.last_sequence,
                last_activity_at = max(last_activity_at, excluded.last_activity_at),
                completed_at = excluded.completed_at, requested_completion = excluded.requested_completion,
                completion_sequence = excluded.completion_sequence
            RETURNING key
            """,
            [
                workflow.correlationID.rawValue.bytes, workflow.lastSequence.rawValue,
                workflow.lastActivityAt.microseconds, workflow.completedAt?.microseconds,
                workflow.requestedCompletion?.rawValue, workflow.completionSequence?.rawValue,
            ])
        workflowKeys[workflow.correlationID] = row?[0]
    }

    private func key(of id: CorrelationID) throws -> Int64 {
        guard let key = workflowKeys[id] else { throw OutboxError.unknownWorkflow }
        return key
    }

    private mutating func add(_ delivery: Delivery, failed reason: ErrorClass?) throws {
        try db.run(
            "INSERT INTO accepted (delivery, workflow, sequence, artifact_id) VALUES (?, ?, ?, ?)",
            [
                delivery.id.rawValue, try key(of: delivery.correlationID), delivery.sequence.rawValue,
                delivery.artifactID.rawValue.bytes,
            ])
        let state: DeliveryState = reason.map { .failed($0) } ?? .pending
        try insert(delivery, state, origin: try registrations.origin(of: delivery.registration.id))
        if state == .pending {
            try db.run(
                "INSERT INTO bodies (delivery, body) VALUES (?, ?)", [delivery.id.rawValue, Data(delivery.body)])
        }
    }

    private func insert(_ delivery: Delivery, _ state: DeliveryState, origin: Int64) throws {
        try db.run(
            """
            INSERT INTO deliveries (
                id, registration, origin, artifact_type, body_bytes, created_at, received_at, trace_parent,
                trace_state, state, reason, finished_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                delivery.id.rawValue, delivery.registration.id.rawValue, origin, delivery.artifactType.bytes,
                delivery.body.count, delivery.createdAt.microseconds, delivery.receivedAt.microseconds,
                delivery.trace?.parent, delivery.trace?.state, state.name, state.reason,
                state.isFinal ? delivery.receivedAt.microseconds : nil,
            ])
    }
}
