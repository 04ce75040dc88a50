internal import Domain

/// A route of the status socket, see docs/operations.md.
///
/// To add a route, add a case, its path to `Path`, and its answer to ``StatusServer``.
package enum StatusRoute: Hashable, Sendable {
    case health
    case readiness
    case status
    case page
    case history(after: Int)
    case correlations(CorrelationsQuery)
    case correlation(String, DeliveriesQuery)
    case attempts(AttemptFilter)
    case metrics

    /// Why a request has no route.
    package enum Problem: Error, Hashable {
        case unknownRoute
        case badQuery(String)
    }

    /// The paths. The path of one workflow is `correlations`, followed by `/` and its id.
    private enum Path: String, CaseIterable {
        case page = "/"
        case status = "/status"
        case history = "/history"
        case correlations = "/correlations"
        case attempts = "/attempts"
        case metrics = "/metrics"
        case health = "/healthz"
        case readiness = "/readyz"

        /// Whether the answer shows no ids and no origins, so that other machines may read it.
        var isPublic: Bool {
            switch self {
            case .metrics, .health, .readiness: true
            case .page, .status, .history, .correlations, .attempts: false
            }
        }
    }

    /// - Parameter target: path and query of a GET.
    package init(target: String) throws(Problem) {
        let halves = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let path = halves.first ?? ""
        let query = halves.count == 2 ? halves[1] : ""
        switch Path(rawValue: String(path)) {
        case .health: self = .health
        case .readiness: self = .readiness
        case .status: self = .status
        case .history:
            let after = try RouteQuery(query, of: "/history", names: ["after"]).number(
                "after", in: 0...Int.max, absent: 0)
            self = .history(after: after)
        case .page: self = .page
        case .metrics: self = .metrics
        case .correlations: self = try Self.correlations(query)
        case .attempts: self = .attempts(try AttemptFilter(query))
        case nil:
            let prefix = Path.correlations.rawValue + "/"
            guard path.hasPrefix(prefix), let id = PercentEncoding.decode(path.dropFirst(prefix.count)), !id.isEmpty
            else { throw .unknownRoute }
            self = .correlation(id, try DeliveriesQuery(query))
        }
    }

    /// With `id`, one workflow: a client that resolves the segments of a path cannot ask for the ids `.` and `..` in it.
    private static func correlations(_ text: Substring) throws(Problem) -> StatusRoute {
        guard text.split(separator: "&").contains(where: { $0 == "id" || $0.hasPrefix("id=") }) else {
            return .correlations(try CorrelationsQuery(text))
        }
        let query = try RouteQuery(text, of: "/correlations?id=", names: ["id"] + DeliveriesQuery.names)
        guard let id = query.text("id"), !id.isEmpty else { throw .badQuery("id must be a correlation_id") }
        return .correlation(id, try DeliveriesQuery(query))
    }

    private var path: Path {
        switch self {
        case .health: .health
        case .readiness: .readiness
        case .status: .status
        case .page: .page
        case .history: .history
        case .correlations, .correlation: .correlations
        case .attempts: .attempts
        case .metrics: .metrics
        }
    }

    package var isPublic: Bool { path.isPublic }

    /// All paths, for messages.
    static var paths: String { Path.allCases.map(\.rawValue).joined(separator: ", ") }
    /// The paths of public routes, for messages.
    package static var publicPaths: String {
        Path.allCases.filter(\.isPublic).map(\.rawValue).joined(separator: ", ")
    }
}
