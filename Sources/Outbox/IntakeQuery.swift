package import Domain

/// What a batch of lines needs to know from the outbox before it can be decided.
package struct IntakeQuery: Sendable {
    package var workflows: Set<CorrelationID> = []
    /// Artifacts that may have been accepted before.
    package var artifacts: [ArtifactKey] = []
    /// Origins of new registrations. Those of the workflows' registrations need not be named.
    package var origins: Set<Origin> = []

    package init() {}

    /// Nothing in the outbox bears on the batch.
    package var isEmpty: Bool { workflows.isEmpty }
}
