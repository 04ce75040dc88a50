package import Domain

/// What intake looks up in the outbox to decide a batch of lines.
package struct IntakeQuery: Sendable {
    package var workflows: Set<CorrelationID> = []
    /// Artifacts that may have been accepted before.
    package var artifacts: [ArtifactKey] = []
    /// Origins of new registrations. The origins of the workflows' current registrations are looked up anyway.
    package var origins: Set<Origin> = []

    /// Workflows whose failed deliveries are all to be redelivered. They are in `workflows`, too.
    package var redeliveredWorkflows: Set<CorrelationID> = []
    /// Single deliveries to be redelivered. Their workflows are in `workflows`, too.
    package var redeliveredSequences: [CorrelationID: Set<SequenceNumber>] = [:]

    /// Workflows whose completion may be due. They are in `workflows`, too.
    package var completions: Set<CorrelationID> = []

    package init() {}

    /// Whether the batch asks for a redelivery.
    package var redelivers: Bool { !redeliveredWorkflows.isEmpty || !redeliveredSequences.isEmpty }

    /// Whether the batch needs nothing from the outbox.
    package var isEmpty: Bool { workflows.isEmpty }
}
