internal import Glibc

/// Why a socket could not be had, with what to do next.
package enum SocketError: Error, Hashable, CustomStringConvertible {
    /// Another daemon holds the lock or answers on the socket.
    case alreadyRunning(path: String)
    /// The path cannot be a socket of ours.
    case unusable(path: String, reason: String)

    package var description: String {
        switch self {
        case .alreadyRunning(let path):
            "another flock-relay already uses \(path); stop it, or give this one another path"
        case .unusable(let path, let reason):
            "cannot use \(path): \(reason)"
        }
    }

    /// An error with the current `errno` in words.
    static func system(_ action: String, path: String) -> SocketError {
        let code = errno
        return .unusable(path: path, reason: "\(action) failed (\(unsafe String(cString: strerror(code))))")
    }
}
