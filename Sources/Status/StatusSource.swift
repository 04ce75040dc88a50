/// Provides what the status socket shows.
package protocol StatusSource: Sendable {
    func status() async throws -> StatusReport
    func health() async -> Health
    func readiness() async -> Readiness
    func correlations(_ state: StatusRoute.CorrelationState?, limit: Int) async throws -> [CorrelationReport]
    func correlation(_ id: String) async throws -> CorrelationReport?
    /// Prometheus text format 0.0.4.
    func metrics() async -> String
}
