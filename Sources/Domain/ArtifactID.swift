/// The `artifact_id` that Flock gave an artifact: 1 to 256 bytes of UTF-8, unique within its workflow.
package struct ArtifactID: ExactText, Sendable, CustomStringConvertible {
    package let rawValue: String

    package init(_ rawValue: String) { self.rawValue = rawValue }

    package var description: String { rawValue }
}
