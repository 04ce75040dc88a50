package import Domain

/// What intake looks up in the outbox to decide a batch of lines.
package struct IntakeQuery: Sendable {
    package var workflows: Set<CorrelationID> = []
    /// Artifacts that may have been accepted before.
    package var artifacts: [ArtifactKey] = []
    /// Origins of new registrations. The origins of the workflows' current registrations are looked up anyway.
    package var origins: Set<Origin> = []

    package init() {}

    /// Whether the batch needs nothing from the outbox.
    package var isEmpty: Bool { workflows.isEmpty }
}
