/// An artifact that Flock published.
///
/// The ids are decoded for matching. Webhook bodies contain the writer's original bytes.
package struct PublishedArtifact: Sendable {
    package let artifactID: ArtifactID
    /// nil: the line had `null` or an empty string, so no registration can match.
    package let correlationID: CorrelationID?
    package let artifactType: String
    package let producedBy: String
    /// When the artifact was created; nil if the line's time could not be parsed.
    package let createdAt: WallTime?
    /// Whether `visibility.kind` is `Public`, or the line has no `visibility`.
    package let isPublic: Bool
    package let trace: TraceContext?
    /// A registration on the same line.
    package let registration: RegistrationRequest?
    package let fragments: BodyFragments

    package init(
        artifactID: ArtifactID, correlationID: CorrelationID?, artifactType: String, producedBy: String,
        createdAt: WallTime?, isPublic: Bool, trace: TraceContext?, registration: RegistrationRequest?,
        fragments: BodyFragments
    ) {
        self.artifactID = artifactID
        self.correlationID = correlationID
        self.artifactType = artifactType
        self.producedBy = producedBy
        self.createdAt = createdAt
        self.isPublic = isPublic
        self.trace = trace
        self.registration = registration
        self.fragments = fragments
    }
}
