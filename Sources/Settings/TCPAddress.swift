internal import Domain

/// A TCP address of the form `host:port`.
package struct TCPAddress: Hashable, Sendable, CustomStringConvertible {
    /// In the spelling of ``HostName``, so that an IPv6 address has brackets.
    package let host: String
    package let port: Int

    /// - Returns: nil unless `text` is `host:port`, with an IPv6 address in brackets.
    package init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let host = try? HostName.canonical(text[..<colon]) else {
            return nil
        }
        let digits = text[text.index(after: colon)...]
        guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = UInt16(digits) else { return nil }
        self.host = host
        self.port = Int(port)
    }

    /// Whether only this machine can connect.
    package var isLoopback: Bool {
        switch HostName.literal(host) {
        case .v4(let address): address.bits >> 24 == 127
        case .v6(let address): address.bits == 1
        case nil: host == "localhost"
        }
    }

    /// The host without brackets, as `getaddrinfo` knows it.
    package var nameToBind: String { HostName.literal(host)?.description ?? host }

    package var description: String { "\(host):\(port)" }
}
