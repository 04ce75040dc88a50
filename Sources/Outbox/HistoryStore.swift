package import Domain

/// The outbox as status uses it: reads workflows and their deliveries.
package protocol HistoryStore: Sendable {
    /// Totals of the whole outbox.
    func figures() async -> OutboxFigures

    /// Workflows, the latest activity first.
    func workflows(_ filter: WorkflowFilter, limit: Int) async throws -> [WorkflowSummary]

    /// One workflow with its deliveries; nil if the outbox does not know it.
    func history(of correlationID: CorrelationID) async throws -> WorkflowHistory?
}
