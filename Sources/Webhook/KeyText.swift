#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// The text forms of keys: PEM (RFC 7468), or the base64 of Standard Webhooks 1.0 after a prefix.
enum KeyText {
    case pem(String)
    /// What follows `whsk_`, decoded; nil if it is not base64.
    case privateKey([UInt8]?)
    /// What follows `whpk_`, decoded; nil if it is not base64.
    case publicKey([UInt8]?)
    /// A shared secret, `whsec_`.
    case secret
    case other

    /// - Parameter text: may have white space around it.
    init(_ text: String) {
        let text = Self.trimmed(text)
        if text.contains("-----BEGIN ") {
            self = .pem(text)
        } else if text.hasPrefix("whsk_") {
            self = .privateKey(Self.decoded(text.dropFirst(5)))
        } else if text.hasPrefix("whpk_") {
            self = .publicKey(Self.decoded(text.dropFirst(5)))
        } else {
            self = text.hasPrefix("whsec_") ? .secret : .other
        }
    }

    /// How many PEM blocks a text has.
    static func blocks(_ pem: String) -> Int {
        pem.split(separator: "-----BEGIN ", omittingEmptySubsequences: false).count - 1
    }

    private static func trimmed(_ text: String) -> String {
        let end = text.reversed().prefix(while: \.isWhitespace).count
        return String(text.dropLast(end).drop(while: \.isWhitespace))
    }

    /// Padding is optional, as in the libraries for receivers.
    private static func decoded(_ text: Substring) -> [UInt8]? {
        let digits = text.prefix { $0 != "=" }
        guard text.dropFirst(digits.count).allSatisfy({ $0 == "=" }) else { return nil }
        let padding = String(repeating: "=", count: (4 - digits.utf8.count % 4) % 4)
        return Data(base64Encoded: digits + padding).map(Array.init)
    }
}
