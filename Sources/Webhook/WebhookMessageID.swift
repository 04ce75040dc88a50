package import Domain

/// The `webhook-id`. It is the same for all attempts of an artifact, across restarts, so that receivers can use it as
/// a deduplication key.
package enum WebhookMessageID {
    /// `msg_` and the first 32 hex digits of SHA-256 over correlation id, NUL, artifact id.
    package static func make(correlationID: CorrelationID, artifactID: ArtifactID) -> String {
        let named = Array(correlationID.rawValue.utf8) + [0] + Array(artifactID.rawValue.utf8)
        return "msg_" + Digest.hex(Digest.sha256(named).prefix(16))
    }
}
