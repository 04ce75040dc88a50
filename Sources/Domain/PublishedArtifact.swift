/// An artifact that Flock published.
///
/// The ids are decoded for matching; whatever reaches a receiver's body is a piece of the writer's own bytes.
package struct PublishedArtifact: Sendable {
    package let artifactID: ArtifactID
    /// nil: the line had `null` or an empty text, so no registration can match.
    package let correlationID: CorrelationID?
    package let artifactType: String
    /// When the artifact was made; nil if the line's time could not be read.
    package let createdAt: WallTime?
    /// Whether `visibility.kind` is `Public`, or the line says nothing of visibility.
    package let isPublic: Bool
    package let trace: TraceContext?
    /// A registration that came on the same line.
    package let registration: RegistrationRequest?
    package let fragments: BodyFragments

    package init(
        artifactID: ArtifactID, correlationID: CorrelationID?, artifactType: String, createdAt: WallTime?,
        isPublic: Bool, trace: TraceContext?, registration: RegistrationRequest?, fragments: BodyFragments
    ) {
        self.artifactID = artifactID
        self.correlationID = correlationID
        self.artifactType = artifactType
        self.createdAt = createdAt
        self.isPublic = isPublic
        self.trace = trace
        self.registration = registration
        self.fragments = fragments
    }
}
