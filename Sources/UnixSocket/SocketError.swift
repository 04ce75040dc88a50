internal import Glibc

/// Why a socket cannot be used, and what to do about it.
package enum SocketError: Error, Hashable, CustomStringConvertible {
    /// Another daemon holds the lock or answers on the socket.
    case alreadyRunning(path: String)
    /// The relay cannot bind a socket at the path.
    case unusable(path: String, reason: String)

    package var description: String {
        switch self {
        case .alreadyRunning(let path):
            "another flock-relay already uses \(path); stop it, or give this one another path"
        case .unusable(let path, let reason):
            "cannot use \(path): \(reason)"
        }
    }

    /// An error with the description of the current `errno`.
    static func system(_ action: String, path: String) -> SocketError {
        .unusable(path: path, reason: "\(action) failed (\(reason))")
    }

    /// The description of the current `errno`.
    static var reason: String { unsafe String(cString: strerror(errno)) }
}
