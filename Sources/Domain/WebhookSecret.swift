#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// A signing secret. It is never empty, and what follows a `whsec_` prefix is base64.
///
/// Prints as `<redacted>`, so that logging a value that contains it does not disclose it.
package struct WebhookSecret: Hashable, Sendable, CustomStringConvertible, CustomReflectable {
    /// The most secrets of a registration, and in `secret-file`. Each signs every request.
    package static let maxCount = 4

    /// The secret as configured: the key of `X-Flock-Signature`.
    package let text: String

    /// The key of `webhook-signature` (Standard Webhooks 1.0): the decoded part after `whsec_`, else the UTF-8 bytes.
    package let standardWebhooksKey: [UInt8]

    /// - Returns: nil if the text is empty, or if it begins with `whsec_` and what follows is not base64.
    package init?(validating text: String) {
        let prefix = "whsec_"
        if text.hasPrefix(prefix) {
            let digits = text.dropFirst(prefix.count).prefix { $0 != "=" }
            // Padding is optional, as in the libraries for receivers.
            let padding = String(repeating: "=", count: (4 - digits.utf8.count % 4) % 4)
            guard text.dropFirst(prefix.count + digits.count).allSatisfy({ $0 == "=" }),
                let key = Data(base64Encoded: digits + padding), !key.isEmpty
            else { return nil }
            standardWebhooksKey = Array(key)
        } else {
            standardWebhooksKey = Array(text.utf8)
        }
        guard !text.isEmpty else { return nil }
        self.text = text
    }

    package var description: String { "<redacted>" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
