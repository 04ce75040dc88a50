/// An artifact within its workflow: what duplicates are told by.
package struct ArtifactKey: Hashable, Sendable {
    package let correlationID: CorrelationID
    package let artifactID: ArtifactID

    package init(_ correlationID: CorrelationID, _ artifactID: ArtifactID) {
        self.correlationID = correlationID
        self.artifactID = artifactID
    }
}

/// What the outbox already knows of the workflows and artifacts that a batch of lines names.
package struct Knowledge: Sendable {
    package var workflows: [CorrelationID: Workflow]
    /// Those of the asked-for artifacts that were accepted before.
    package var accepted: Set<ArtifactKey>

    package init(workflows: [CorrelationID: Workflow] = [:], accepted: Set<ArtifactKey> = []) {
        self.workflows = workflows
        self.accepted = accepted
    }
}

/// What one commit adds to the outbox: all of it or nothing.
package struct Acceptance: Sendable {
    package var registrations: [StoredRegistration]
    package var deliveries: [Delivery]
    /// The new state of every workflow that changed.
    package var workflows: [Workflow]
    /// Those of the deliveries that are accepted as failed: numbered and remembered, never sent, their bodies not kept.
    package var failedAtOnce: [DeliveryID: ErrorClass]

    package init(
        registrations: [StoredRegistration] = [], deliveries: [Delivery] = [], workflows: [Workflow] = [],
        failedAtOnce: [DeliveryID: ErrorClass] = [:]
    ) {
        self.registrations = registrations
        self.deliveries = deliveries
        self.workflows = workflows
        self.failedAtOnce = failedAtOnce
    }

    package var isEmpty: Bool { registrations.isEmpty && deliveries.isEmpty && workflows.isEmpty }

    /// The deliveries that are to be sent.
    package var pending: [Delivery] { deliveries.filter { failedAtOnce[$0.id] == nil } }
}
