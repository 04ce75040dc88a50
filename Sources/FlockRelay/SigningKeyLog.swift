import Logging
import Webhook

/// Logs the public half of the key that signs requests, when it changes.
struct SigningKeyLog {
    private let logger: Logger
    private var current: Ed25519PublicKey?

    init(logger: Logger) { self.logger = logger }

    /// - Parameter key: the key that signs from now on.
    mutating func log(_ key: Ed25519PrivateKey?) {
        defer { current = key?.publicKey }
        guard key?.publicKey != current else { return }
        if let key {
            logger.notice("Requests are signed with Ed25519", metadata: ["public_key": "\(key.publicKey.text)"])
        } else {
            logger.warning(
                "Requests are no longer signed with Ed25519; deliveries without a secret are sent unsigned")
        }
    }
}
