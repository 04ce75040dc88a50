/// Why a text is not a webhook URL, and what to write instead.
package struct WebhookURLError: Error, Hashable {
    package enum Kind: Sendable {
        /// Not a URL, or a URL with parts that a webhook URL must not have.
        case invalid
        /// A valid URL that the relay cannot send to, such as one with another scheme.
        case unsupported
    }

    package let kind: Kind
    package let message: String
}

/// An `http` or `https` URL in the form in which it is checked, stored and sent.
///
/// The parser accepts less than RFC 3986 allows, so that no later parser can find a different host in the same URL.
package struct WebhookURL: Hashable, Sendable {
    package let origin: Origin
    /// Path and query as written, at least `/`. May contain tokens, so it is never logged or shown.
    package let target: String

    /// The whole URL, built from its checked parts.
    package var text: String { "\(origin)\(target)" }

    /// The longest URL accepted, in bytes.
    package static let maxLength = 8_192

    package init(_ text: String) throws(WebhookURLError) {
        guard text.utf8.count <= Self.maxLength else {
            throw .invalid("longer than \(Self.maxLength) bytes; shorten it")
        }
        guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) && !Self.neverAllowed.contains($0) }) else {
            throw .invalid("contains a character that must be percent-encoded (in a host name: written as xn--…)")
        }
        guard text.split(separator: "%", omittingEmptySubsequences: false).dropFirst().allSatisfy(Self.isEscape) else {
            throw .invalid("contains a % that is not followed by two hex digits; write it as %25")
        }
        guard let colon = text.firstRange(of: "://") else { throw .invalid("has no scheme; write https://host/path") }
        guard let scheme = Origin.Scheme(rawValue: text[..<colon.lowerBound].lowercased()) else {
            throw .unsupported("its scheme is not supported; use http or https")
        }
        let rest = text[colon.upperBound...]
        let authority = rest.prefix { !"/?#".contains($0) }
        origin = try Self.origin(scheme, authority: authority)
        target = Self.target(rest.dropFirst(authority.count))
    }

    /// Creates a URL from parts that were checked before, such as those stored in the outbox.
    package init(checked origin: Origin, target: String) {
        self.origin = origin
        self.target = target
    }

    /// `"`, `<`, `>`, `\`, `^`, backtick, `{`, `|`, `}`: RFC 3986 allows them in no part of a URL.
    private static let neverAllowed = Set("\"<>\\^`{|}".utf8)

    /// Whether the text after a `%` begins with two hex digits (RFC 3986, 2.1).
    private static func isEscape(_ rest: Substring) -> Bool {
        rest.prefix(2).count == 2 && rest.prefix(2).allSatisfy(\.isHexDigit)
    }

    private static func target(_ rest: Substring) -> String {
        let sent = rest.prefix { $0 != "#" }
        return sent.first == "/" ? String(sent) : "/\(sent)"
    }

    private static func origin(_ scheme: Origin.Scheme, authority: Substring) throws(WebhookURLError) -> Origin {
        if authority.contains("@") {
            throw .invalid("contains user information; put a token into the path, or verify the signature instead")
        }
        // The colons of an IPv6 address are in brackets; only the colon after the bracket precedes the port.
        let bracket = authority.hasPrefix("[") ? authority.firstIndex(of: "]") : nil
        let name = bracket.map { authority[...$0] } ?? authority.prefix { $0 != ":" }
        let rest = authority.dropFirst(name.count)
        guard rest.isEmpty || rest.hasPrefix(":"), let host = host(name.lowercased()) else {
            throw .invalid("its host is neither a name nor an IP address (IPv6 in brackets)")
        }
        let digits = rest.dropFirst()
        if digits.isEmpty { return Origin(scheme: scheme, host: host, port: scheme.defaultPort) }
        guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = UInt16(digits), port > 0 else {
            throw .invalid("its port is not a number from 1 to 65535")
        }
        return Origin(scheme: scheme, host: host, port: port)
    }

    /// The host in canonical form: an IPv4 address as dotted decimal, an IPv6 address by RFC 5952 in brackets, a name
    /// without a trailing dot.
    ///
    /// A host whose last label is a number must be an IPv4 address (WHATWG URL, "ends in a number checker").
    private static func host(_ written: String) -> String? {
        if written.hasPrefix("[") { return IPv6Address(String(written.dropFirst().dropLast())).map { "[\($0)]" } }
        let host = written.hasSuffix(".") ? String(written.dropLast()) : written
        let labels = host.split(separator: ".", omittingEmptySubsequences: false)
        guard let last = labels.last, host.utf8.count <= 253 else { return nil }
        if last.utf8.allSatisfy({ (0x30...0x39).contains($0) }) || last.hasPrefix("0x") {
            return IPv4Address(anySpelling: host)?.description
        }
        return labels.allSatisfy(isName) ? host : nil
    }

    private static func isName(_ label: Substring) -> Bool {
        (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
            && label.utf8.allSatisfy { byte in
                (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x2D || byte == 0x5F
            }
    }
}

extension WebhookURLError {
    fileprivate static func invalid(_ message: String) -> Self { Self(kind: .invalid, message: message) }
    fileprivate static func unsupported(_ message: String) -> Self { Self(kind: .unsupported, message: message) }
}
