#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// The Standard Webhooks 1.0 scheme (asymmetric, `v1a`): Ed25519 over `id.timestamp.body`, in base64.
package enum AsymmetricSignature {
    private static let prefix = "v1a,"

    /// The entry of `webhook-signature`.
    ///
    /// - Parameter timestamp: whole seconds since 1970, as in `webhook-timestamp`.
    package static func sign(id: String, timestamp: Int64, body: [UInt8], key: Ed25519PrivateKey) -> String {
        prefix + Data(key.sign(message(id, timestamp, body))).base64EncodedString()
    }

    /// Whether one of the space-separated signatures in a received header is a valid `v1a`.
    package static func verify(
        _ header: String, id: String, timestamp: Int64, body: [UInt8], key: Ed25519PublicKey
    ) -> Bool {
        let message = message(id, timestamp, body)
        return entries(header).contains { entry in
            Data(base64Encoded: String(entry.dropFirst(prefix.count))).map { key.verify(Array($0), of: message) }
                ?? false
        }
    }

    /// Whether a received header has a `v1a` signature, valid or not.
    package static func isPresent(in header: String) -> Bool { !entries(header).isEmpty }

    private static func entries(_ header: String) -> [Substring] {
        header.split(separator: " ").filter { $0.hasPrefix(prefix) }
    }

    private static func message(_ id: String, _ timestamp: Int64, _ body: [UInt8]) -> [UInt8] {
        Array("\(id).\(timestamp).".utf8) + body
    }
}
