internal import Domain
internal import Outbox

/// The columns of a workflow and the id of its current registration, shared by several queries.
enum WorkflowRow {
    static let columns = """
        w.key, w.correlation_id, w.last_sequence, w.last_activity_at, w.completed_at, w.pending, w.delivered, w.failed,
        r.id, w.requested_completion, w.completion_sequence
        """
    static let source = "workflows w \(current)"
    /// The same in the order of activity.
    static let list = "workflows w INDEXED BY workflows_activity \(current)"

    private static let current = "LEFT JOIN registrations r ON r.workflow = w.key AND r.ended = 0"

    static func summary(_ row: ColumnReader, _ registrations: inout RegistrationReader) throws -> WorkflowSummary {
        var workflow = Workflow(correlationID: CorrelationID(row.text(1)), lastActivityAt: row.time(3))
        workflow.lastSequence = SequenceNumber(row.integer(2))
        workflow.completedAt = row.optionalTime(4)
        workflow.pending = Int(row.integer(5))
        workflow.requestedCompletion = row.optionalText(9).flatMap(CompletionStatus.init)
        workflow.completionSequence = row.optionalInteger(10).map { SequenceNumber($0) }
        if let id = row.optionalInteger(8) { workflow.registration = try registrations.registration(id) }
        return WorkflowSummary(workflow: workflow, delivered: Int(row.integer(6)), failed: Int(row.integer(7)))
    }
}
