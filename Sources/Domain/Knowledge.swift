/// What the outbox stores about the workflows, artifacts and origins of a batch of lines.
package struct Knowledge: Sendable {
    package var workflows: [CorrelationID: Workflow]
    /// The artifacts that were accepted before.
    package var accepted: Set<ArtifactKey>
    /// Bytes of pending bodies, for each origin of the batch's registrations and workflows.
    package var pendingBytesByOrigin: [Origin: Int]
    /// Bytes of all pending bodies.
    package var pendingBytes: Int
    /// Bytes of all bodies of failed deliveries that are kept.
    package var keptBytes: Int
    /// For each workflow of the batch that is known: those of the deliveries to redeliver that the history has.
    package var redeliveries: [CorrelationID: [SequenceNumber: Redelivery]]
    /// For each workflow whose completion may be due: its deliveries that failed, in order.
    package var failedSequences: [CorrelationID: [SequenceNumber]]
    /// The highest ids assigned so far.
    package var lastDelivery: DeliveryID
    package var lastRegistration: RegistrationID

    package init(
        workflows: [CorrelationID: Workflow] = [:], accepted: Set<ArtifactKey> = [],
        pendingBytesByOrigin: [Origin: Int] = [:], pendingBytes: Int = 0, keptBytes: Int = 0,
        redeliveries: [CorrelationID: [SequenceNumber: Redelivery]] = [:],
        failedSequences: [CorrelationID: [SequenceNumber]] = [:],
        lastDelivery: DeliveryID = DeliveryID(0), lastRegistration: RegistrationID = RegistrationID(0)
    ) {
        self.workflows = workflows
        self.accepted = accepted
        self.pendingBytesByOrigin = pendingBytesByOrigin
        self.pendingBytes = pendingBytes
        self.keptBytes = keptBytes
        self.redeliveries = redeliveries
        self.failedSequences = failedSequences
        self.lastDelivery = lastDelivery
        self.lastRegistration = lastRegistration
    }
}
