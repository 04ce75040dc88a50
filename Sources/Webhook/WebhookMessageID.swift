#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif
package import Domain

/// `webhook-id`: the same for all attempts of an artifact, over all restarts, so that receivers de-duplicate by it.
package enum WebhookMessageID {
    /// `msg_` and the first 32 hex digits of SHA-256 over correlation id, NUL, artifact id.
    package static func make(correlationID: CorrelationID, artifactID: ArtifactID) -> String {
        let named = Array(correlationID.rawValue.utf8) + [0] + Array(artifactID.rawValue.utf8)
        return "msg_" + Digest.hex(Digest.sha256(named).prefix(16))
    }
}
