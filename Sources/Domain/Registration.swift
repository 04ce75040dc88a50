/// Assigns one webhook URL to a workflow, with all defaults filled in.
package struct Registration: Hashable, Sendable {
    package let id: RegistrationID
    package let correlationID: CorrelationID
    package let url: WebhookURL
    /// nil: deliveries are not signed.
    package let secret: WebhookSecret?
    package let ordering: DeliveryOrder
    package let format: BodyFormat
    /// Attempts after the first one, 0 to 100.
    package let maxRetries: Int

    package init(
        id: RegistrationID, correlationID: CorrelationID, url: WebhookURL, secret: WebhookSecret?,
        ordering: DeliveryOrder, format: BodyFormat, maxRetries: Int
    ) {
        self.id = id
        self.correlationID = correlationID
        self.url = url
        self.secret = secret
        self.ordering = ordering
        self.format = format
        self.maxRetries = maxRetries
    }
}
