import Daemon
import LocalHTTP
import NIOCore
import NIOHTTP1
import Settings
import Status
import Testing

@Suite struct MetricsListenerTests {
    static let requests: [(address: String, host: String?, target: String, status: UInt)] = [
        ("127.0.0.1:9464", "127.0.0.1:9464", "/status", 200), ("127.0.0.1:9464", "127.0.0.1", "/metrics", 200),
        ("127.0.0.1:9464", "localhost:9464", "/correlations", 200), ("localhost:9464", "localhost", "/status", 200),
        ("127.0.0.1:9464", "rebound.example", "/metrics", 403),
        ("127.0.0.1:9464", "rebound.example:9464", "/status", 403),
        ("127.0.0.1:9464", "127.0.0.2", "/status", 403), ("127.0.0.1:9464", "localhost.example", "/status", 403),
        ("127.0.0.1:9464", nil, "/status", 403), ("127.0.0.1:9464", "", "/healthz", 403),
        ("127.0.0.1:9464", "LOCALHOST", "/status", 200), ("[::1]:9464", "[::1]:9464", "/status", 200),
        ("[::1]:9464", "[::1]", "/status", 200), ("[::1]:9464", "localhost:9464", "/status", 200),
        ("[::1]:9464", "[0:0::1]", "/status", 200), ("[::1]:9464", "[::2]:9464", "/metrics", 403),
        ("[::1]:9464", "::1", "/metrics", 403), ("[::1]:9464", "[::1", "/metrics", 403),
        ("[::1]:9464", "127.0.0.1", "/metrics", 403), ("[::1]:9464", "rebound.example", "/metrics", 403),
        ("[::1]:9464", nil, "/metrics", 403), ("[::]:9464", "[::1]", "/status", 404),
        ("[::]:9464", "h", "/metrics", 200),
        ("0.0.0.0:9464", "relay.example", "/metrics", 200), ("0.0.0.0:9464", nil, "/healthz", 200),
        ("0.0.0.0:9464", "relay.example", "/readyz?x", 200), ("0.0.0.0:9464", "127.0.0.1", "/status", 404),
        ("0.0.0.0:9464", "localhost", "/correlations", 404), ("0.0.0.0:9464", "localhost", "/history", 404),
        ("0.0.0.0:9464", "localhost", "/correlations/w", 404),
        ("0.0.0.0:9464", "h", "/", 404), ("0.0.0.0:9464", "h", "/metrics/../status", 404),
        ("0.0.0.0:9464", "h", "//metrics", 404), ("127.relay.example:9464", "127.relay.example", "/status", 404),
    ]

    @Test(
        "On loopback an unknown Host is rejected; elsewhere only the public routes are served", arguments: requests)
    func responds(_ address: String, _ host: String?, _ target: String, _ status: UInt) async throws {
        let listener = MetricsListener(
            address: try #require(TCPAddress(address)), status: StatusServer(source: EmptySource()))
        var headers = HTTPHeaders()
        if let host { headers.add(name: "Host", value: host) }
        let response = await listener.respond(
            to: HTTPRequest(method: .GET, target: target, headers: headers, body: ByteBuffer()))
        #expect(response.status.code == status)
    }

    private struct EmptySource: StatusSource {
        func status() async throws -> StatusReport {
            let none = StatusReport.Percentiles(count: 0, p50Ms: 0, p95Ms: 0, p99Ms: 0)
            return StatusReport(
                version: "1", startedAt: "", uptimeSeconds: 0, received: [:], refused: [:], unmatched: 0, withheld: 0,
                filtered: 0,
                duplicates: 0,
                registrations: 0,
                deliveries: .init(pending: 0, inFlight: 0, delivered: 0, recovered: 0, failed: 0, failedByReason: [:]),
                attempts: 0, window: .init(seconds: 300, delivered: 0, failed: 0, recovered: 0),
                rate: .init(deliveredPerSecond: 0, failedAttemptsPerSecond: 0),
                latency: .init(createdToDelivered: none, receivedToDelivered: none),
                oldestPendingSeconds: 0, outboxBytes: 0, outboxMaxBytes: 0, sessions: [], origins: [],
                originsTotal: 0, latestFailures: [])
        }

        func health() async -> Health { Health(failing: []) }
        func readiness() async -> Readiness { Readiness(failing: []) }
        func history() async -> HistoryReport { HistoryReport(intervalSeconds: 1, startedAt: "", samples: []) }
        func correlations(_ query: CorrelationsQuery) async -> CorrelationList {
            CorrelationList(correlations: [], nextCursor: nil)
        }
        func correlation(_ id: String, _ query: DeliveriesQuery) async -> CorrelationReport? { nil }
        func metrics() async -> String { "" }
    }
}
