/// Assigns one webhook URL to a workflow, with all defaults filled in.
package struct Registration: Hashable, Sendable {
    package let id: RegistrationID
    package let correlationID: CorrelationID
    package let url: WebhookURL
    /// The first one is the current secret; each signs every request. Empty: deliveries are not signed.
    package let secrets: [WebhookSecret]
    package let filter: DeliveryFilter
    package let ordering: DeliveryOrder
    package let format: BodyFormat
    /// Attempts after the first one, 0 to 100.
    package let maxRetries: Int

    package init(
        id: RegistrationID, correlationID: CorrelationID, url: WebhookURL, secrets: [WebhookSecret],
        filter: DeliveryFilter = .default, ordering: DeliveryOrder, format: BodyFormat, maxRetries: Int
    ) {
        self.id = id
        self.correlationID = correlationID
        self.url = url
        self.secrets = secrets
        self.filter = filter
        self.ordering = ordering
        self.format = format
        self.maxRetries = maxRetries
    }

    /// Whether the other one differs in its id only: a writer may send its lines a second time.
    package func isRepeated(by other: Registration) -> Bool {
        let repeated = Registration(
            id: id, correlationID: other.correlationID, url: other.url, secrets: other.secrets, filter: other.filter,
            ordering: other.ordering, format: other.format, maxRetries: other.maxRetries)
        return self == repeated
    }
}
