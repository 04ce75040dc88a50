package import Events

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

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

    /// Whether one of the space-separated signatures of a received header fits.
    package func verify(_ header: String, id: String, timestamp: Int64, body: [UInt8]) -> Bool {
        let expected = Array(sign(id: id, timestamp: timestamp, body: body).utf8)
        return header.split(separator: " ").contains { Digest.equalInConstantTime(Array($0.utf8), expected) }
    }
}

/// `webhook-id`: the same for all attempts of an artifact, over all restarts, so that receivers de-duplicate by it.
package enum WebhookMessageID {
    /// `msg_` and the first 32 hex digits of SHA-256 over correlation id, NUL, artifact id.
    package static func make(correlationID: CorrelationID, artifactID: ArtifactID) -> String {
        let named = Array(correlationID.rawValue.utf8) + [0] + Array(artifactID.rawValue.utf8)
        return "msg_" + Digest.hex(Digest.sha256(named).prefix(16))
    }
}
