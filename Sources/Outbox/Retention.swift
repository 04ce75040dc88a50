/// How long the outbox keeps history and registrations.
package struct Retention: Sendable {
    /// Time after its end when a delivery is deleted from the history, unless its body is kept.
    package let historyMaxAge: Duration
    /// Maximum number of finished deliveries in the history, not counting those whose bodies are kept. Also the maximum
    /// number of bodies that are kept.
    package let historyMaxDeliveries: Int
    /// Time after its end for which the body of a failed delivery is kept.
    package let keepFailed: Duration
    /// Idle time after which a registration ends.
    package let registrationTTL: Duration
    /// Time after its completion when a workflow's registration ends; nil: only idle time ends it.
    package let completionGrace: Duration?
    /// How long sequence numbers and artifact ids are kept after a workflow's last activity; longer while the history
    /// has a delivery of it.
    package let numbering: Duration

    package init(
        historyMaxAge: Duration, historyMaxDeliveries: Int, keepFailed: Duration = .zero, registrationTTL: Duration,
        completionGrace: Duration? = nil, numbering: Duration = .seconds(86_400)
    ) {
        self.historyMaxAge = historyMaxAge
        self.historyMaxDeliveries = historyMaxDeliveries
        self.keepFailed = keepFailed
        self.registrationTTL = registrationTTL
        self.completionGrace = completionGrace
        self.numbering = numbering
    }
}
