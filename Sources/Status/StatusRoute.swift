internal import Domain

/// A route of the status socket, see docs/operations.md.
///
/// To add a route, add a case, its path to `Path`, and its answer to ``StatusServer``.
package enum StatusRoute: Hashable, Sendable {
    case health
    case readiness
    case status
    case history
    case correlations(CorrelationsQuery)
    case correlation(String, DeliveriesQuery)
    case metrics

    /// Why a request has no route.
    package enum Problem: Error, Hashable {
        case unknownRoute
        case badQuery(String)
    }

    /// The paths. The path of one workflow is `correlations`, followed by `/` and its id.
    private enum Path: String, CaseIterable {
        case status = "/status"
        case history = "/history"
        case correlations = "/correlations"
        case metrics = "/metrics"
        case health = "/healthz"
        case readiness = "/readyz"

        /// Whether the answer shows no ids and no origins, so that other machines may read it.
        var isPublic: Bool {
            switch self {
            case .metrics, .health, .readiness: true
            case .status, .history, .correlations: false
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
        case .history: self = .history
        case .metrics: self = .metrics
        case .correlations: self = .correlations(try CorrelationsQuery(query))
        case nil:
            let prefix = Path.correlations.rawValue + "/"
            guard path.hasPrefix(prefix), let id = PercentEncoding.decode(path.dropFirst(prefix.count)), !id.isEmpty
            else { throw .unknownRoute }
            self = .correlation(id, try DeliveriesQuery(query))
        }
    }

    private var path: Path {
        switch self {
        case .health: .health
        case .readiness: .readiness
        case .status: .status
        case .history: .history
        case .correlations, .correlation: .correlations
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
