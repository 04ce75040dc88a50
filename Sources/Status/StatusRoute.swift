internal import Domain

/// A route of the status socket, see docs/operations.md.
///
/// To add a route, add a case, its path to `Path`, and its answer to ``StatusServer``.
package enum StatusRoute: Hashable, Sendable {
    case health
    case readiness
    case status
    case correlations(CorrelationState?, limit: Int)
    case correlation(String)
    case attempts(AttemptFilter)
    case metrics

    package enum CorrelationState: String, Sendable {
        case active, finished
    }

    /// Why a request has no route.
    package enum Problem: Error, Hashable {
        case unknownRoute
        case badQuery(String)
    }

    /// The paths. The path of one workflow is `correlations`, followed by `/` and its id.
    private enum Path: String, CaseIterable {
        case status = "/status"
        case correlations = "/correlations"
        case attempts = "/attempts"
        case metrics = "/metrics"
        case health = "/healthz"
        case readiness = "/readyz"

        /// Whether the answer shows no ids and no origins, so that other machines may read it.
        var isPublic: Bool {
            switch self {
            case .metrics, .health, .readiness: true
            case .status, .correlations, .attempts: false
            }
        }
    }

    private static let maxLimit = 10_000
    private static let defaultLimit = 100

    /// - Parameter target: path and query of a GET.
    package init(target: String) throws(Problem) {
        let halves = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let path = halves.first ?? ""
        switch Path(rawValue: String(path)) {
        case .health: self = .health
        case .readiness: self = .readiness
        case .status: self = .status
        case .metrics: self = .metrics
        case .correlations: self = try Self.list(halves.count == 2 ? halves[1] : "")
        case .attempts: self = .attempts(try AttemptFilter(query: halves.count == 2 ? halves[1] : ""))
        case nil:
            let prefix = Path.correlations.rawValue + "/"
            guard path.hasPrefix(prefix), let id = PercentEncoding.decode(path.dropFirst(prefix.count)), !id.isEmpty
            else { throw .unknownRoute }
            self = .correlation(id)
        }
    }

    private static func list(_ query: Substring) throws(Problem) -> StatusRoute {
        var state: CorrelationState?
        var limit = defaultLimit
        for pair in query.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1).map(String.init)
            switch (parts.first, parts.count == 2 ? parts[1] : "") {
            case ("state", let value):
                guard let known = CorrelationState(rawValue: value) else {
                    throw .badQuery("state must be active or finished")
                }
                state = known
            case ("limit", let value):
                guard let number = Int(value), (1...maxLimit).contains(number) else {
                    throw .badQuery("limit must be a number from 1 to \(maxLimit)")
                }
                limit = number
            default: throw .badQuery("the query parameters are state and limit")
            }
        }
        return .correlations(state, limit: limit)
    }

    private var path: Path {
        switch self {
        case .health: .health
        case .readiness: .readiness
        case .status: .status
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
