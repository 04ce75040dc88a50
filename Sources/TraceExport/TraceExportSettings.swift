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
    /// One variable of the specification, as `check-config` prints it.
    package struct Variable: Sendable {
        package let name: String
        /// The effective value. The values of headers are redacted.
        package let value: String
        /// Whether the environment sets it.
        package let isSet: Bool
    }

    /// Where export requests are sent; nil: nothing is exported.
    package var endpoint: WebhookURL?
    /// Headers of each request beside those that OTLP needs. Values are secret.
    package var headers: [OutgoingRequest.Header] = []
    /// Maximum duration of one request.
    package var requestTimeout = Duration.seconds(10)
    package var sampler = Sampler.standard
    package var resource: [ResourceAttribute] = []
    /// Maximum wait for a whole batch.
    package var scheduleDelay = Duration.seconds(5)
    /// Maximum number of spans in the queue.
    package var maxQueueSize = 2_048
    /// Maximum number of spans in one request; at most ``maxQueueSize``.
    package var maxBatchSize = 512
    /// Maximum time for which one batch is retried.
    package var exportTimeout = Duration.seconds(30)
    /// Problems with the variables, to be logged as warnings.
    package var warnings: [String] = []
    /// The effective values of the variables.
    package var variables: [Variable] = []

    package init() {}
}
