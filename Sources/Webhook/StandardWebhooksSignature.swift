#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif
package import Domain

/// The Standard Webhooks 1.0 scheme (symmetric, `v1`): HMAC-SHA256 over `id.timestamp.body`, in base64.
package struct StandardWebhooksSignature: Sendable {
    private let key: [UInt8]

    package init(secret: WebhookSecret) { key = secret.standardWebhooksKey }

    /// The value of `webhook-signature`.
    /// - Parameter timestamp: whole seconds since 1970, as in `webhook-timestamp`.
    package func sign(id: String, timestamp: Int64, body: [UInt8]) -> String {
        let mac = Digest.hmacSHA256(key: key, message: Array("\(id).\(timestamp).".utf8) + body)
        return "v1," + Data(mac).base64EncodedString()
    }

    /// Whether one of the space-separated signatures in a received header is valid.
    package func verify(_ header: String, id: String, timestamp: Int64, body: [UInt8]) -> Bool {
        let expected = Array(sign(id: id, timestamp: timestamp, body: body).utf8)
        return header.split(separator: " ").contains { Digest.equalInConstantTime(Array($0.utf8), expected) }
    }
}
