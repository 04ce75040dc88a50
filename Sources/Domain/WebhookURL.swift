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

    static func invalid(_ message: String) -> Self { Self(kind: .invalid, message: message) }
    static func unsupported(_ message: String) -> Self { Self(kind: .unsupported, message: message) }

    static let mustBeEncoded = invalid(
        "contains a character that must be percent-encoded; only a host name may have characters beyond ASCII")
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
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F && !Self.neverAllowed.contains($0) }) else {
            throw .mustBeEncoded
        }
        guard text.split(separator: "%", omittingEmptySubsequences: false).dropFirst().allSatisfy(Self.isEscape) else {
            throw .invalid("contains a % that is not followed by two hex digits; write it as %25")
        }
        guard let colon = text.firstRange(of: "://") else { throw .invalid("has no scheme; write https://host/path") }
        guard let scheme = Origin.Scheme(rawValue: text[..<colon.lowerBound].lowercased()) else {
            throw .unsupported("its scheme is not supported; use http or https")
        }
        let rest = text[colon.upperBound...]
        let authority = Substring(rest.unicodeScalars.prefix { !"/?#".unicodeScalars.contains($0) })
        origin = try Self.origin(scheme, authority: authority)
        let path = rest[authority.endIndex...]
        guard path.utf8.allSatisfy({ $0 < 0x80 }) else { throw .mustBeEncoded }
        target = Self.target(path)
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
        if authority.utf8.contains(UInt8(ascii: "@")) {
            throw .invalid("contains user information; put a token into the path, or verify the signature instead")
        }
        // The colons of an IPv6 address are in brackets; only the colon after the bracket precedes the port.
        let bracket = authority.hasPrefix("[") ? authority.firstIndex(of: "]") : nil
        let name = bracket.map { authority[...$0] } ?? Substring(authority.unicodeScalars.prefix { $0 != ":" })
        let rest = authority[name.endIndex...]
        let host = try HostName.canonical(name)
        guard rest.isEmpty || rest.hasPrefix(":") else {
            throw .invalid("its host is followed by something other than a port")
        }
        let digits = rest.dropFirst()
        if digits.isEmpty { return Origin(scheme: scheme, host: host, port: scheme.defaultPort) }
        guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = UInt16(digits), port > 0 else {
            throw .invalid("its port is not a number from 1 to 65535")
        }
        return Origin(scheme: scheme, host: host, port: port)
    }
}
