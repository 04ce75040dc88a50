/// An accepted artifact to be sent to its webhook. Its sequence number, body and registration do not change any more.
package struct Delivery: Sendable {
    package let id: DeliveryID
    package let correlationID: CorrelationID
    package let artifactID: ArtifactID
    package let artifactType: String
    package let sequence: SequenceNumber
    /// URL, secret and policy as they were when the artifact was accepted.
    package let registration: Registration
    /// The exact bytes to be signed and sent.
    package let body: [UInt8]
    /// By the clock of its writer; without it, when it was received.
    package let createdAt: WallTime
    package let receivedAt: SteadyTime
    package let trace: TraceContext?

    package init(
        id: DeliveryID, correlationID: CorrelationID, artifactID: ArtifactID, artifactType: String,
        sequence: SequenceNumber, registration: Registration, body: [UInt8], createdAt: WallTime,
        receivedAt: SteadyTime,
        trace: TraceContext?
    ) {
        self.id = id
        self.correlationID = correlationID
        self.artifactID = artifactID
        self.artifactType = artifactType
        self.sequence = sequence
        self.registration = registration
        self.body = body
        self.createdAt = createdAt
        self.receivedAt = receivedAt
        self.trace = trace
    }

    /// The same delivery without its body, which is needed for sending only.
    var withoutBody: Delivery {
        Delivery(
            id: id, correlationID: correlationID, artifactID: artifactID, artifactType: artifactType,
            sequence: sequence, registration: registration, body: [], createdAt: createdAt, receivedAt: receivedAt,
            trace: trace)
    }

    /// What the scheduler needs to know about this delivery before its first attempt.
    package var ticket: Ticket {
        Ticket(
            id: id, origin: registration.url.origin,
            orderedWorkflow: registration.ordering == .ordered ? correlationID : nil, bodyBytes: body.count,
            attempts: 0)
    }
}
