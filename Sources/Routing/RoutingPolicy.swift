package import Domain

/// The settings for routing.
package struct RoutingPolicy: Sendable {
    /// The defaults for what a registration does not specify.
    package var defaultSecrets: [WebhookSecret]
    package var defaultOrdering: DeliveryOrder
    package var defaultFormat: BodyFormat
    package var defaultMaxRetries: Int
    package var visibility: VisibilityPolicy
    /// Idle time after which a registration ends.
    package var registrationTTL: Duration
    /// How long an artifact waits for a late registration, and how long a completed workflow stays open.
    package var grace: Duration

    package init(
        defaultSecrets: [WebhookSecret], defaultOrdering: DeliveryOrder, defaultFormat: BodyFormat,
        defaultMaxRetries: Int, visibility: VisibilityPolicy, registrationTTL: Duration, grace: Duration
    ) {
        self.defaultSecrets = defaultSecrets
        self.defaultOrdering = defaultOrdering
        self.defaultFormat = defaultFormat
        self.defaultMaxRetries = defaultMaxRetries
        self.visibility = visibility
        self.registrationTTL = registrationTTL
        self.grace = grace
    }

    /// The registration for a request, with defaults filled in.
    package func registration(_ request: RegistrationRequest, id: RegistrationID) -> Registration {
        Registration(
            id: id, correlationID: request.correlationID, url: request.url,
            secrets: request.secrets ?? defaultSecrets, filter: request.filter,
            ordering: request.ordering ?? defaultOrdering, format: request.format ?? defaultFormat,
            maxRetries: request.maxRetries ?? defaultMaxRetries)
    }
}
