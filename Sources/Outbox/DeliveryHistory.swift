package import Domain

/// One delivery with its attempts.
package struct DeliveryHistory: Sendable {
    package let sequence: SequenceNumber
    package let artifactID: ArtifactID
    package let artifactType: String
    package let origin: Origin
    /// By the clock of its writer; without it, when it was received.
    package let createdAt: WallTime
    package let receivedAt: SteadyTime
    package var state: DeliveryState
    /// When it became final; nil while it is pending.
    package var endedAt: SteadyTime?
    package var attempts: [Attempt]
    package var nextAttemptAt: SteadyTime?

    package init(
        sequence: SequenceNumber, artifactID: ArtifactID, artifactType: String, origin: Origin, createdAt: WallTime,
        receivedAt: SteadyTime, state: DeliveryState, endedAt: SteadyTime? = nil, attempts: [Attempt],
        nextAttemptAt: SteadyTime?
    ) {
        self.sequence = sequence
        self.artifactID = artifactID
        self.artifactType = artifactType
        self.origin = origin
        self.createdAt = createdAt
        self.receivedAt = receivedAt
        self.state = state
        self.endedAt = endedAt
        self.attempts = attempts
        self.nextAttemptAt = nextAttemptAt
    }

    /// What it reports. No writer may use the ids of completions.
    package var event: WebhookEvent { artifactID.isOfCompletion ? .workflowCompleted : .artifactCreated }
}
