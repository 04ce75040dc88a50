package import Domain
package import Outbox

extension HistoryStore {
    /// The first page of workflows.
    package func workflows(_ filter: WorkflowFilter, limit: Int) async throws -> [WorkflowSummary] {
        try await workflows(WorkflowQuery(filter, limit: limit)).workflows
    }

    /// One workflow with all its deliveries.
    package func history(of correlationID: CorrelationID) async throws -> WorkflowHistory? {
        try await history(of: correlationID, HistoryQuery(limit: 1_000_000))
    }
}
