/// How long things stay.
package struct Retention: Sendable {
    /// Age of the end of a delivery after which its history goes.
    package let historyMaxAge: Duration
    /// Finished deliveries kept at most.
    package let historyMaxDeliveries: Int
    /// Idle time after which a registration ends.
    package let registrationTTL: Duration
    /// Time after its completion when a workflow's registration ends; nil: only idle time ends it.
    package let completionGrace: Duration?
    /// How long numbers and artifact ids are remembered after a workflow's last sign of life; longer while any history
    /// of it is shown.
    package let numbering: Duration

    package init(
        historyMaxAge: Duration, historyMaxDeliveries: Int, registrationTTL: Duration,
        completionGrace: Duration? = nil, numbering: Duration = .seconds(86_400)
    ) {
        self.historyMaxAge = historyMaxAge
        self.historyMaxDeliveries = historyMaxDeliveries
        self.registrationTTL = registrationTTL
        self.completionGrace = completionGrace
        self.numbering = numbering
    }
}
