/// Provides what the status socket shows.
package protocol StatusSource: Sendable {
    func status() async throws -> StatusReport
    func health() async -> Health
    func readiness() async -> Readiness
    /// One sample for each of the last seconds.
    func history() async -> HistoryReport
    func correlations(_ query: CorrelationsQuery) async throws -> CorrelationList
    /// nil: the outbox does not know the workflow.
    func correlation(_ id: String, _ query: DeliveriesQuery) async throws -> CorrelationReport?
    /// Prometheus text format 0.0.4.
    func metrics() async -> String
}
