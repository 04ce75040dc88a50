/// Scheme, host and port of a URL. Deliveries are grouped by origin, and no other part of a URL is logged or shown.
package struct Origin: Hashable, Sendable, CustomStringConvertible {
    package enum Scheme: String, Sendable {
        case http, https

        /// The port of a URL that names none.
        package var defaultPort: UInt16 { self == .http ? 80 : 443 }
    }

    package let scheme: Scheme
    /// A lower-case ASCII name, a dotted IPv4 address, or an IPv6 address in brackets. Addresses are in canonical form.
    package let host: String
    package let port: UInt16

    package init(scheme: Scheme, host: String, port: UInt16) {
        self.scheme = scheme
        self.host = host
        self.port = port
    }

    /// The host as an address; nil if the host is a name.
    package var addressLiteral: IPAddress? { HostName.literal(host) }

    /// `host`, or `host:port` if the port is not the scheme's default: the form of a `Host` header (RFC 9110, 7.2).
    package var authority: String { port == scheme.defaultPort ? host : "\(host):\(port)" }

    package var description: String { "\(scheme.rawValue)://\(authority)" }
}
