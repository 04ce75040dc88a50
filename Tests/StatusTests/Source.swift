import Status

/// A status source with fixed answers.
struct Source: StatusSource {
    struct Broken: Error {}

    var failing: [String] = []
    var isBroken = false

    static let report = StatusReport(
        version: "1.2.3", startedAt: "2026-11-23T13:40:02.577437Z", uptimeSeconds: 60,
        received: ["message_published": 3, "hello": 1],
        refused: ["invalid_json": 2], unmatched: 1, withheld: 0, filtered: 0, duplicates: 0, registrations: 1,
        deliveries: .init(
            pending: 5, inFlight: 2, delivered: 7, recovered: 1, failed: 1, failedByReason: ["http_500": 1]),
        attempts: 9, window: .init(seconds: 300, delivered: 3, failed: 1, recovered: 1),
        rate: .init(deliveredPerSecond: 0.5, failedAttemptsPerSecond: 0.1),
        latency: .init(
            createdToDelivered: .init(count: 3, p50Ms: 1, p95Ms: 2.5, p99Ms: 3),
            receivedToDelivered: .init(count: 4, p50Ms: 1, p95Ms: 2, p99Ms: 3)),
        oldestPendingSeconds: 1.5, outboxBytes: 99, outboxMaxBytes: 1_000,
        sessions: [.init(inFlight: 2, connections: 9)],
        origins: [.init(origin: "https://a.example", inFlight: 2, pending: 5, hasMore: true, state: "answering")],
        originsTotal: 1,
        latestFailures: [
            .init(
                failedAt: "2026-11-23T13:40:02.577437Z", correlationId: "w", sequence: 3, artifactType: "Order",
                origin: "https://a.example", reason: "http_500", attempts: 4)
        ])

    func status() async throws -> StatusReport {
        if isBroken { throw Broken() }
        return Self.report
    }

    func health() async -> Health { Health(failing: failing) }

    func readiness() async -> Readiness { Readiness(failing: failing) }

    func history() async -> HistoryReport {
        HistoryReport(
            intervalSeconds: 1, startedAt: "2026-11-23T13:40:02.577437Z",
            samples: [
                .init(t: 1_795_441_202, delivered: 0, failed: 2, p50Ms: nil, p95Ms: nil),
                .init(t: 1_795_441_203, delivered: 3, failed: 0, p50Ms: 1.5, p95Ms: 2),
            ])
    }

    /// Workflows that repeat the parameters of the query.
    func correlations(_ query: CorrelationsQuery) async throws -> CorrelationList {
        if isBroken { throw Broken() }
        return CorrelationList(
            correlations: [
                workflow(query.state?.rawValue ?? "all"), workflow("\(query.limit)"), workflow(query.search),
            ],
            nextCursor: query.cursor?.text)
    }

    func correlation(_ id: String, _ query: DeliveriesQuery) async throws -> CorrelationReport? {
        if isBroken { throw Broken() }
        return id == "unknown" ? nil : workflow(id)
    }

    func metrics() async -> String { "metric 1\n" }

    private func workflow(_ id: String) -> CorrelationReport {
        CorrelationReport(
            correlationId: id, state: "active", origin: nil, pending: 1, delivered: 0, failed: 0, lastSequence: 1,
            lastActivityAt: "2026-11-23T13:40:02.577437Z")
    }
}
