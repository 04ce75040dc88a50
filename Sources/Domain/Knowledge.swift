/// What the outbox holds about the workflows, artifacts and origins that a batch of lines names.
package struct Knowledge: Sendable {
    package var workflows: [CorrelationID: Workflow]
    /// Those of the artifacts that were accepted before.
    package var accepted: Set<ArtifactKey>
    /// Bytes of pending bodies, for the origins of these registrations and workflows.
    package var pendingBytesByOrigin: [Origin: Int]
    /// Bytes of all pending bodies.
    package var pendingBytes: Int
    /// The highest ids given out so far.
    package var lastDelivery: DeliveryID
    package var lastRegistration: RegistrationID

    package init(
        workflows: [CorrelationID: Workflow] = [:], accepted: Set<ArtifactKey> = [],
        pendingBytesByOrigin: [Origin: Int] = [:], pendingBytes: Int = 0, lastDelivery: DeliveryID = DeliveryID(0),
        lastRegistration: RegistrationID = RegistrationID(0)
    ) {
        self.workflows = workflows
        self.accepted = accepted
        self.pendingBytesByOrigin = pendingBytesByOrigin
        self.pendingBytes = pendingBytes
        self.lastDelivery = lastDelivery
        self.lastRegistration = lastRegistration
    }
}
