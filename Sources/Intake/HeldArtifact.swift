package import Domain
internal import Ingest

/// An artifact that waits for a late registration.
package struct HeldArtifact: Sendable {
    let artifact: PublishedArtifact
    package let correlationID: CorrelationID
    let writer: Writer
    package let line: Int
    /// Bytes of the line.
    package let length: Int
    let receivedAt: Moment
}
