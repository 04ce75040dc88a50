#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// A signing secret: never empty, and decodable where it begins with `whsec_`.
///
/// Prints as `<redacted>` wherever it is shown by accident.
package struct WebhookSecret: Hashable, Sendable, CustomStringConvertible, CustomReflectable {
    /// The secret as its owner wrote it: the key of `X-Flock-Signature`.
    package let text: String

    /// The key of `webhook-signature` (Standard Webhooks 1.0): the decoded part behind `whsec_`, else the UTF-8 bytes.
    package let standardWebhooksKey: [UInt8]

    /// - Returns: nil for an empty text, or one that begins with `whsec_` and goes on with no base64.
    package init?(validating text: String) {
        let prefix = "whsec_"
        if text.hasPrefix(prefix) {
            let digits = text.dropFirst(prefix.count).prefix { $0 != "=" }
            // Padding is optional, as in the libraries that receivers use.
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
