/// A registration as a writer requests it; nil means the configured default.
package struct RegistrationRequest: Sendable {
    package let correlationID: CorrelationID
    package let url: WebhookURL
    /// 1 to 4, the current one first.
    package let secrets: [WebhookSecret]?
    package let filter: DeliveryFilter
    package let ordering: DeliveryOrder?
    package let format: BodyFormat?
    package let maxRetries: Int?

    package init(
        correlationID: CorrelationID, url: WebhookURL, secrets: [WebhookSecret]? = nil,
        filter: DeliveryFilter = .default, ordering: DeliveryOrder? = nil, format: BodyFormat? = nil,
        maxRetries: Int? = nil
    ) {
        self.correlationID = correlationID
        self.url = url
        self.secrets = secrets
        self.filter = filter
        self.ordering = ordering
        self.format = format
        self.maxRetries = maxRetries
    }
}
