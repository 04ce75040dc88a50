/// The `artifact_id` that Flock gave an artifact: 1 to 256 bytes of UTF-8, unique within its workflow.
package struct ArtifactID: ExactText, Sendable, CustomStringConvertible {
    package let rawValue: String

    package init(_ rawValue: String) { self.rawValue = rawValue }

    /// The id under which the first `workflow.completed` of a workflow is delivered.
    package static let completion = ArtifactID(WebhookEvent.workflowCompleted.rawValue)

    /// The id of a later one.
    package static func laterCompletion(_ sequence: SequenceNumber) -> ArtifactID {
        ArtifactID("\(completion).\(sequence)")
    }

    /// Whether this is the id of a completion, or could be: no writer may use it.
    package var isOfCompletion: Bool {
        self == .completion || rawValue.utf8.starts(with: "\(Self.completion).".utf8)
    }

    package var description: String { rawValue }
}
