package import Domain
package import Ingest

/// The decision on the lines of one commit. Applied after the commit, discarded if the commit fails.
package struct IntakeDecision: Sendable {
    package struct RejectedLine: Sendable {
        let writer: Writer
        package let line: Int
        package let rejection: Rejection
    }

    /// The lines of one writer that this commit decides.
    package struct DecidedLines: Sendable {
        let writer: Writer
        package var lines: [Int]
    }

    package let now: Moment
    /// What to commit.
    package var acceptance = Acceptance()
    package var counts = IntakeCounts()
    package var rejected: [RejectedLine] = []
    /// By connection.
    package var decided: [Int: DecidedLines] = [:]
    /// Lines of which a part is left to a later commit, by connection.
    package var deferred: [Int: [DecodedLine]] = [:]
    /// Artifacts that wait for their registration, in order of arrival.
    package var held: [HeldArtifact] = []
    /// Workflows whose held artifacts are decided.
    package var released: Set<CorrelationID> = []

    init(now: Moment) { self.now = now }
}
