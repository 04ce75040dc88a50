internal import Glibc

/// The sockets that the service manager passes to the process (sd_listen_fds(3)), by their names.
package struct InheritedSockets: Sendable {
    /// The first descriptor that is passed.
    private static let firstDescriptor: Int32 = 3

    private var descriptors: [String: Int32] = [:]

    /// None.
    package init() {}

    /// Reads `LISTEN_PID`, `LISTEN_FDS` and `LISTEN_FDNAMES`.
    ///
    /// - Parameter names: the names that a socket may have.
    /// - Throws: ``SocketError`` for a socket with another name, or two with the same.
    package init(environment: [String: String], processID: Int32 = getpid(), names: [String]) throws(SocketError) {
        guard let process = environment["LISTEN_PID"].flatMap({ Int32($0) }), process == processID,
            let count = environment["LISTEN_FDS"].flatMap({ Int32($0) }), count > 0
        else { return }
        let given = environment["LISTEN_FDNAMES"]?.split(separator: ":", omittingEmptySubsequences: false) ?? []
        for index in 0..<count {
            let name = Int(index) < given.count ? String(given[Int(index)]) : ""
            let descriptor = Self.firstDescriptor + index
            guard names.contains(name), descriptors.updateValue(descriptor, forKey: name) == nil else {
                throw .unusable(
                    path: "socket \(index + 1) of LISTEN_FDS",
                    reason: "its name is \"\(name)\"; name each socket differently, with FileDescriptorName= in its "
                        + "socket unit: \(names.joined(separator: " or "))")
            }
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        }
    }

    /// The socket with this name, or else one bound at the path.
    package func listeningSocket(_ name: String, path: String, mode: UInt32) throws(SocketError) -> ListeningSocket {
        if let descriptor = descriptors[name] { return try ListeningSocket(adopting: descriptor) }
        return try ListeningSocket(path: path, mode: mode)
    }
}
