/// An artifact within its workflow: the deduplication key.
package struct ArtifactKey: Hashable, Sendable {
    package let correlationID: CorrelationID
    package let artifactID: ArtifactID

    package init(_ correlationID: CorrelationID, _ artifactID: ArtifactID) {
        self.correlationID = correlationID
        self.artifactID = artifactID
    }
}
