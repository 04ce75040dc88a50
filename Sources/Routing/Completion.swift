package import Domain

/// The content of a `workflow.completed`.
package struct Completion: Sendable {
    package let registration: Registration
    package let sequence: SequenceNumber
    package let artifactID: ArtifactID
    package let status: CompletionStatus
    /// The deliveries before it that failed, in order.
    package let failed: [SequenceNumber]
}
