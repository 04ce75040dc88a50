import Domain
import Status
import Testing

@Suite struct StatusRouteTests {
    static let routes: [(target: String, route: StatusRoute)] = [
        ("/healthz", .health), ("/readyz", .readiness), ("/status", .status), ("/metrics", .metrics),
        ("/status?x=1", .status), ("/correlations", .correlations(nil, limit: 100)),
        ("/correlations?", .correlations(nil, limit: 100)),
        ("/correlations?state=active", .correlations(.active, limit: 100)),
        ("/correlations?state=finished&limit=7", .correlations(.finished, limit: 7)),
        ("/correlations?limit=1", .correlations(nil, limit: 1)),
        ("/correlations?limit=10000&", .correlations(nil, limit: 10_000)),
        ("/correlations/w-1", .correlation("w-1")), ("/correlations/a%2Fb%20c%25", .correlation("a/b c%")),
        ("/correlations/fl%C3%B6ck", .correlation("fl\u{F6}ck")), ("/correlations/a+b", .correlation("a+b")),
        ("/correlations/w?x=1", .correlation("w")), ("/correlations/%3f", .correlation("?")),
        ("/correlations/%00", .correlation("\u{0}")),
    ]

    @Test("Every route is parsed from its path and query", arguments: routes)
    func parses(_ target: String, _ route: StatusRoute) throws {
        #expect(try StatusRoute(target: target) == route)
    }

    @Test(
        "An unknown path is rejected",
        arguments: [
            "", "/", "/nothing", "/status/", "/Status", "//status", "/healthz/x", "healthz", "/correlations/",
            "/correlations/?x", "/correlations/%", "/correlations/%4", "/correlations/%zz", "/correlations/%+5",
            "/correlations/%-0", "/correlations/%FF", "/correlations/%C3", "/correlationsx", "/metrics%20", "*",
        ])
    func unknown(_ target: String) {
        #expect(throws: StatusRoute.Problem.unknownRoute) { try StatusRoute(target: target) }
    }

    @Test(
        "An invalid query is rejected with a message",
        arguments: [
            "state=", "state", "state=all", "state=Active", "limit=0", "limit=-1", "limit=10001", "limit=", "limit=x",
            "limit=1.5", "limit=99999999999999999999", "offset=1", "=", "limit=1&order=up", "state=active&limit=0",
        ])
    func badQuery(_ query: String) {
        let problem = #expect(throws: StatusRoute.Problem.self) {
            try StatusRoute(target: "/correlations?" + query)
        }
        guard case .badQuery(let message) = problem else {
            Issue.record("\(String(describing: problem))")
            return
        }
        #expect(!message.isEmpty)
    }

    @Test(
        "An id is encoded as one path segment and read back",
        arguments: ["w-1", "a/b", "100%", "\u{1F426} ?#&=+", "..", "\u{0}\n", "%2F"])
    func encoding(_ id: String) throws {
        let encoded = PercentEncoding.encodeSegment(id)
        let isSegment = encoded.utf8.allSatisfy { (0x21...0x7E).contains($0) && !"/?#".utf8.contains($0) }
        #expect(isSegment)
        #expect(PercentEncoding.decode(encoded[...]) == id)
        #expect(try StatusRoute(target: "/correlations/\(encoded)") == .correlation(id))
    }
}
