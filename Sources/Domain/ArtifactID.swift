/// The `artifact_id` that Flock gave an artifact: 1 to 256 bytes of UTF-8, unique within its workflow.
package struct ArtifactID: ExactText, Sendable, CustomStringConvertible {
    package let rawValue: String

    package init(_ rawValue: String) { self.rawValue = rawValue }

    /// The id under which `workflow.completed` is delivered, and the prefix of later ones of the same workflow. No writer
    /// may use an id with this prefix.
    package static let completion = ArtifactID(WebhookEvent.workflowCompleted.rawValue)

    package var isOfCompletion: Bool { rawValue.utf8.starts(with: Self.completion.rawValue.utf8) }

    package var description: String { rawValue }
}
