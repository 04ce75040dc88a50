import Foundation
import Glibc
import Settings

/// The paths at which a daemon's sockets may be.
enum SocketCandidates {
    case events
    case status

    /// Why none of these sockets accepts a connection, and what to do.
    ///
    /// - Parameters:
    ///   - purpose: what the relay does there, as it follows "no relay".
    ///   - option: the option that names the socket.
    static func problem(_ purpose: String, at paths: [String], option: String) -> String {
        let denied = paths.first { unsafe access($0, W_OK) != 0 && errno == EACCES }
        if let denied {
            return
                "cannot connect to \(denied): permission denied; run as a user or group that the relay's socket-mode admits"
        }
        return "no relay \(purpose) at \(paths.joined(separator: ", ")); start one with `flock-relay serve`, "
            + "or name its socket with \(option)"
    }

    /// The paths to try, in this order.
    ///
    /// - Parameter path: the only one if it is given. Without it the environment is read, and mistakes in it are reported.
    func paths(given path: PathArgument?) throws -> [String] {
        if let path { return [path.path] }
        let environment = ProcessInfo.processInfo.environment
        Failure.warn(aboutVariablesIn: environment)
        let file = self == .status ? "status.sock" : "events.sock"
        let usual = DefaultPaths(environment: environment).candidateDirectories.map { "\($0)/\(file)" }
        return try configured(environment).map { [$0] + usual } ?? usual
    }

    private func configured(_ environment: [String: String]) throws -> String? {
        guard let setting = Setting.named(self == .status ? "status-socket" : "socket"),
            let path = environment[setting.environmentName], !path.isEmpty
        else { return nil }
        do {
            return try HomePath.expanded(path, environment: environment)
        } catch {
            throw Failure.exit(Failure.badConfiguration, "\(setting.name) (environment): \(error)")
        }
    }
}
