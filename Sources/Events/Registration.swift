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

/// The shape of a webhook's body.
package enum BodyFormat: String, Sendable, CaseIterable {
    /// One flat object.
    case flat
    /// The shape that flock-core's own webhooks have.
    case flock
}

/// How the deliveries of one workflow relate in time.
package enum DeliveryOrder: String, Sendable, CaseIterable {
    /// Each goes as soon as it can.
    case parallel
    /// One at a time, in sequence order; the next goes when the one before is final.
    case ordered
}

/// Which artifacts are delivered, by what their `visibility` says.
package enum VisibilityPolicy: String, Sendable, CaseIterable {
    case all
    case `public`
}

/// One registration in the outbox. A workflow that is registered again gets a new one.
package struct RegistrationID: Hashable, Sendable {
    package let rawValue: Int64

    package init(_ rawValue: Int64) { self.rawValue = rawValue }
}

/// What ties a workflow to one webhook URL, with every default already filled in.
package struct Registration: Hashable, Sendable {
    package let correlationID: CorrelationID
    package let url: WebhookURL
    /// nil: deliveries are not signed.
    package let secret: WebhookSecret?
    package let ordering: DeliveryOrder
    package let format: BodyFormat
    /// Attempts after the first one, 0 to 100.
    package let maxRetries: Int

    package init(
        correlationID: CorrelationID, url: WebhookURL, secret: WebhookSecret?, ordering: DeliveryOrder,
        format: BodyFormat, maxRetries: Int
    ) {
        self.correlationID = correlationID
        self.url = url
        self.secret = secret
        self.ordering = ordering
        self.format = format
        self.maxRetries = maxRetries
    }
}
