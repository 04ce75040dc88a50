internal import Domain

/// Prevents DNS rebinding: a web page that rebinds its own name to loopback still sends that name as Host.
package enum HostHeader {
    /// Whether a request names `localhost` or the host that the server listens on.
    ///
    /// - Parameters:
    ///   - header: the value of the header, perhaps with a port; nil if there is none.
    ///   - host: as ``HostName/canonical(_:)`` returns it.
    package static func isLocal(_ header: String?, listeningOn host: String) -> Bool {
        guard let header else { return false }
        let end =
            header.hasPrefix("[") ? header.firstIndex(of: "]").map(header.index(after:)) : header.firstIndex(of: ":")
        guard let name = try? HostName.canonical(header[..<(end ?? header.endIndex)]) else { return false }
        return name == "localhost" || name == host
    }
}
