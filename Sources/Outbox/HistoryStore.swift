package import Domain

/// The outbox as status uses it: shows what became of workflows and their deliveries.
package protocol HistoryStore: Sendable {
    /// What status and metrics show of the whole outbox.
    func figures() async -> OutboxFigures

    /// Workflows, those with the latest activity first.
    func workflows(_ filter: WorkflowFilter, limit: Int) async throws -> [WorkflowSummary]

    /// Everything known of one workflow, or nil.
    func history(of correlationID: CorrelationID) async throws -> WorkflowHistory?
}
