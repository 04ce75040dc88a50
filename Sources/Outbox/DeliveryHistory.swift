package import Domain

/// One delivery with its attempts.
package struct DeliveryHistory: Sendable {
    package let sequence: SequenceNumber
    package let artifactID: ArtifactID
    package let artifactType: String
    package let origin: Origin
    package let receivedAt: SteadyTime
    package var state: DeliveryState
    package var attempts: [Attempt]
    package var nextAttemptAt: SteadyTime?

    package init(
        sequence: SequenceNumber, artifactID: ArtifactID, artifactType: String, origin: Origin, receivedAt: SteadyTime,
        state: DeliveryState, attempts: [Attempt], nextAttemptAt: SteadyTime?
    ) {
        self.sequence = sequence
        self.artifactID = artifactID
        self.artifactType = artifactType
        self.origin = origin
        self.receivedAt = receivedAt
        self.state = state
        self.attempts = attempts
        self.nextAttemptAt = nextAttemptAt
    }
}
