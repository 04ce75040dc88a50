import Domain
import Status
import Testing

@Suite struct StatusRouteTests {
    static let routes: [(target: String, route: StatusRoute)] = [
        ("/healthz", .health), ("/readyz", .readiness), ("/status", .status), ("/metrics", .metrics),
        ("/status?x=1", .status), ("/history", .history(after: 0)), ("/history?after=7", .history(after: 7)),
        ("/", .page), ("/?x=1", .page), ("/correlations", list()), ("/correlations?", list()),
        ("/correlations?state=active", list { $0.state = .active }),
        (
            "/correlations?state=finished&limit=7",
            list {
                $0.state = .finished
                $0.limit = 7
            }
        ),
        ("/correlations?limit=1", list { $0.limit = 1 }), ("/correlations?limit=10000&", list { $0.limit = 10_000 }),
        ("/correlations?search=", list()), ("/correlations?search=a%2Fb%26", list { $0.search = "a/b&" }),
        ("/correlations?search=a+b%2B", list { $0.search = "a b+" }),
        (
            "/correlations?cursor=1795000000000000.12",
            list { $0.cursor = ListCursor(microseconds: 1_795_000_000_000_000, key: 12) }
        ),
        ("/correlations/w-1", one("w-1")), ("/correlations/a%2Fb%20c%25", one("a/b c%")),
        ("/correlations/fl%C3%B6ck", one("fl\u{F6}ck")), ("/correlations/a+b", one("a+b")),
        ("/correlations/w?", one("w")), ("/correlations/%3f", one("?")), ("/correlations/%00", one("\u{0}")),
        (
            "/correlations/w?from=1000001&limit=1000",
            one("w") {
                $0.from = 1_000_001
                $0.limit = 1_000
            }
        ),
        (
            "/correlations/w?state=failed&density=500",
            one("w") {
                $0.state = .failed
                $0.density = 500
            }
        ),
        ("/correlations?id=..", one("..")), ("/correlations?id=.&", one(".")),
        ("/correlations?id=a%2Fb+c", one("a/b c")),
        (
            "/correlations?limit=7&from=2&id=%2E&state=pending&density=5",
            one(".") {
                $0.from = 2
                $0.limit = 7
                $0.state = .pending
                $0.density = 5
            }
        ),
        ("/attempts", .attempts(AttemptFilter())), ("/attempts?", .attempts(AttemptFilter())),
        ("/attempts?correlation_id=a%2Fb+c", .attempts(AttemptFilter(correlationID: "a/b c"))),
        (
            "/attempts?origin=https%3A%2F%2Fh.example&correlation_id=w",
            .attempts(AttemptFilter(correlationID: "w", origin: "https://h.example"))
        ),
    ]

    @Test("A filter asks for what it was parsed from", arguments: ["w-1", "a/b c&d=e+f%", "\u{1F426}"])
    func filterTarget(_ id: String) throws {
        let filter = AttemptFilter(correlationID: id, origin: "https://h.example:8443")
        #expect(try StatusRoute(target: filter.target) == .attempts(filter))
    }

    static func list(_ change: (inout CorrelationsQuery) -> Void = { _ in }) -> StatusRoute {
        var query = CorrelationsQuery()
        change(&query)
        return .correlations(query)
    }

    static func one(_ id: String, _ change: (inout DeliveriesQuery) -> Void = { _ in }) -> StatusRoute {
        var query = DeliveriesQuery()
        change(&query)
        return .correlation(id, query)
    }

    @Test("Every route is parsed from its path and query", arguments: routes)
    func parses(_ target: String, _ route: StatusRoute) throws {
        #expect(try StatusRoute(target: target) == route)
    }

    @Test(
        "An unknown path is rejected",
        arguments: [
            "", "/nothing", "/status/", "/Status", "//status", "/healthz/x", "healthz", "/correlations/",
            "/correlations/?x", "/correlations/%", "/correlations/%4", "/correlations/%zz", "/correlations/%+5",
            "/correlations/%-0", "/correlations/%FF", "/correlations/%C3", "/correlationsx", "/metrics%20", "*",
        ])
    func unknown(_ target: String) {
        #expect(throws: StatusRoute.Problem.unknownRoute) { try StatusRoute(target: target) }
    }

    static let stateOfWorkflows = "state must be active or finished; leave it out for all"
    static let stateOfDeliveries = "state must be pending, delivered or failed; leave it out for all"
    static let limitOfList = "limit must be a number from 1 to 10000"
    static let limitOfPage = "limit must be a number from 1 to 1000"
    static let ofList = "the parameters of /correlations are state, search, limit, cursor"
    static let ofPage = "the parameters of /correlations/{id} are from, limit, state, density"
    static let cursor = "cursor must be the next_cursor of an earlier answer; leave it out for the first page"
    static let problems: [(query: String, message: String)] = [
        ("?state=", stateOfWorkflows), ("?state", stateOfWorkflows), ("?state=all", stateOfWorkflows),
        ("?state=Active", stateOfWorkflows), ("?limit=0", limitOfList), ("?limit=-1", limitOfList),
        ("?limit=10001", limitOfList), ("?limit=", limitOfList), ("?limit=x", limitOfList),
        ("?limit=1.5", limitOfList), ("?limit=%2B5", limitOfList), ("?limit=99999999999999999999", limitOfList),
        ("?state=active&limit=0", limitOfList), ("?offset=1", ofList), ("?=", ofList), ("?limit=1&order=up", ofList),
        ("?%zz=1", ofList), ("?limit=1&limit=1", "limit must be given once"),
        ("?search=%", "search must be percent-encoded UTF-8; write %25 for a percent sign"),
        ("?search=%FF", "search must be percent-encoded UTF-8; write %25 for a percent sign"),
        (
            "?search=\(String(repeating: "x", count: 257))",
            "search must be a part of a correlation_id, at most 256 bytes"
        ),
        ("?cursor=", cursor), ("?cursor=1", cursor), ("?cursor=1.2.3", cursor), ("?cursor=x.1", cursor),
        ("?cursor=1.99999999999999999999", cursor), ("/w?x=1", ofPage), ("/w?search=w", ofPage),
        ("/w?from=0", "from must be a number from 1"), ("/w?from=", "from must be a number from 1"),
        ("/w?limit=1001", limitOfPage), ("/w?state=active", stateOfDeliveries),
        ("/w?density=0", "density must be a number from 1 to 500"),
        ("/w?density=501", "density must be a number from 1 to 500"),
        ("?id=", "id must be a correlation_id"), ("?id=w&limit=1001", limitOfPage),
        ("?id=w&cursor=1.1", "the parameters of /correlations?id= are id, from, limit, state, density"),
    ]

    @Test("An invalid query is rejected with a message that says what to write", arguments: problems)
    func badQuery(_ query: String, _ message: String) {
        #expect(throws: StatusRoute.Problem.badQuery(message)) { try StatusRoute(target: "/correlations" + query) }
    }

    @Test(
        "An id is encoded as one path segment and read back",
        arguments: ["w-1", "a/b", "100%", "\u{1F426} ?#&=+", "..", "\u{0}\n", "%2F"])
    func encoding(_ id: String) throws {
        let encoded = PercentEncoding.encodeSegment(id)
        let isSegment = encoded.utf8.allSatisfy { (0x21...0x7E).contains($0) && !"/?#".utf8.contains($0) }
        #expect(isSegment)
        #expect(PercentEncoding.decode(encoded[...]) == id)
        #expect(try StatusRoute(target: "/correlations/\(encoded)") == Self.one(id))
    }
}
