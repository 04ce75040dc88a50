package import Domain

/// An attribute of the process that makes the spans.
package struct ResourceAttribute: Hashable, Sendable {
    package let name: String
    package let value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// How spans are exported: the setting `otlp-endpoint`, and variables of the OpenTelemetry specification.
package struct TraceExportSettings: Sendable {
    /// One variable of the specification, for people.
    package struct Variable: Sendable {
        package let name: String
        /// The value in force. Never shows a header's value.
        package let value: String
        /// Whether the environment sets it.
        package let isSet: Bool
    }

    /// Where export requests are sent; nil: nothing is exported.
    package var endpoint: WebhookURL?
    /// Headers of each request beside those that OTLP needs. Values are secret.
    package var headers: [OutgoingRequest.Header] = []
    /// The longest time of one request.
    package var requestTimeout = Duration.seconds(10)
    package var sampler = Sampler.standard
    package var resource: [ResourceAttribute] = []
    /// The longest wait for a whole batch.
    package var scheduleDelay = Duration.seconds(5)
    /// The most spans that wait.
    package var maxQueueSize = 2_048
    /// The most spans of one request; at most ``maxQueueSize``.
    package var maxBatchSize = 512
    /// The longest time for which one batch is sent again.
    package var exportTimeout = Duration.seconds(30)
    /// What the environment asks for and does not get.
    package var warnings: [String] = []
    /// The variables in force.
    package var variables: [Variable] = []

    package init() {}
}
