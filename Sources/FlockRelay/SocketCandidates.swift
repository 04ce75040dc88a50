import Foundation
import Settings

/// The paths at which a daemon's sockets may be.
enum SocketCandidates {
    case events
    case status

    /// The paths to try, in this order.
    var paths: [String] {
        let environment = ProcessInfo.processInfo.environment
        let variable = Setting.named(self == .status ? "status-socket" : "socket")?.environmentName
        let file = self == .status ? "status.sock" : "events.sock"
        let usual = DefaultPaths(environment: environment).candidateDirectories.map { "\($0)/\(file)" }
        return (variable.flatMap { environment[$0] }.map { [$0] } ?? []) + usual
    }
}
