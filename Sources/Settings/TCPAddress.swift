internal import Domain

/// A TCP address of the form `host:port`.
package struct TCPAddress: Hashable, Sendable, CustomStringConvertible {
    package let host: String
    package let port: Int

    /// - Returns: nil unless `text` is `host:port`.
    package init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (0...65_535).contains(port)
        else { return nil }
        host = String(text[..<colon])
        self.port = port
        guard !host.isEmpty else { return nil }
    }

    /// Whether only this machine can connect.
    package var isLoopback: Bool {
        host == "localhost" || IPv4Address(anySpelling: host).map { $0.bits >> 24 == 127 } ?? false
    }

    package var description: String { "\(host):\(port)" }
}
