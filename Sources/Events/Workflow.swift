/// What the relay remembers of one workflow: its registration, its numbering, its last signs of life.
package struct Workflow: Sendable {
    package let correlationID: CorrelationID
    /// nil: none, or ended.
    package var registration: StoredRegistration?
    /// The last number given out; 0 before the first.
    package var lastSequence: Sequence
    /// When the last line about this workflow was taken.
    package var lastActivityAt: WallTime
    /// When the last artifact was accepted.
    package var lastArtifactAt: WallTime?
    /// When a writer said that it was complete.
    package var completedAt: WallTime?
    /// Deliveries that are not final yet.
    package var pending: Int

    package init(correlationID: CorrelationID, lastActivityAt: WallTime) {
        self.correlationID = correlationID
        self.lastActivityAt = lastActivityAt
        lastSequence = Sequence(0)
        pending = 0
    }
}

/// A registration together with its place in the outbox.
package struct StoredRegistration: Hashable, Sendable {
    package let id: RegistrationID
    package let registration: Registration

    package init(id: RegistrationID, registration: Registration) {
        self.id = id
        self.registration = registration
    }
}
