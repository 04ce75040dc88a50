/// Scheme, host and port of a URL: what deliveries are grouped by, and all of a URL that is ever shown.
package struct Origin: Hashable, Sendable, CustomStringConvertible {
    package enum Scheme: String, Sendable {
        case http, https

        /// The port that a URL of this scheme means without naming one.
        package var defaultPort: UInt16 { self == .http ? 80 : 443 }
    }

    package let scheme: Scheme
    /// A lower-case ASCII name, an IPv4 address in dotted form, or an IPv6 address in brackets, both in canonical form.
    package let host: String
    package let port: UInt16

    package init(scheme: Scheme, host: String, port: UInt16) {
        self.scheme = scheme
        self.host = host
        self.port = port
    }

    /// The address, where the host is one rather than a name.
    package var addressLiteral: IPAddress? {
        if host.hasPrefix("[") { return IPv6Address(String(host.dropFirst().dropLast())).map(IPAddress.v6) }
        return IPv4Address(anySpelling: host).map(IPAddress.v4)
    }

    /// `host`, or `host:port` where the port is not the scheme's own: the form of a `Host` header (RFC 9110, 7.2).
    package var authority: String { port == scheme.defaultPort ? host : "\(host):\(port)" }

    package var description: String { "\(scheme.rawValue)://\(authority)" }
}
