/// A registration as a writer requests it; nil means the configured default.
package struct RegistrationRequest: Sendable {
    package let correlationID: CorrelationID
    package let url: WebhookURL
    package let secret: WebhookSecret?
    package let ordering: DeliveryOrder?
    package let format: BodyFormat?
    package let maxRetries: Int?

    package init(
        correlationID: CorrelationID, url: WebhookURL, secret: WebhookSecret? = nil, ordering: DeliveryOrder? = nil,
        format: BodyFormat? = nil, maxRetries: Int? = nil
    ) {
        self.correlationID = correlationID
        self.url = url
        self.secret = secret
        self.ordering = ordering
        self.format = format
        self.maxRetries = maxRetries
    }
}
