package import Domain

/// The outbox as status uses it: reads workflows and their deliveries.
///
/// However much the outbox holds, a query delays other work only briefly, because it reads in slices. A page
/// shows each workflow and each delivery as it was at a time during the query.
package protocol HistoryStore: Sendable {
    /// Totals of the whole outbox.
    func figures() async -> OutboxFigures

    /// A page of workflows, the latest activity first.
    func workflows(_ query: WorkflowQuery) async throws -> WorkflowPage

    /// One workflow with a page of its deliveries; nil if the outbox does not know it.
    func history(of correlationID: CorrelationID, _ query: HistoryQuery) async throws -> WorkflowHistory?
}
