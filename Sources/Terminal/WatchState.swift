package import Domain
package import Status

/// The state of `status --watch`.
package struct WatchState: Sendable {
    package struct Answers: Sendable {
        let report: StatusReport
        let readiness: Readiness?
        let history: HistoryReport
        package let receivedAt: WallTime

        package init(report: StatusReport, readiness: Readiness?, history: HistoryReport, receivedAt: WallTime) {
            self.report = report
            self.readiness = readiness
            self.history = history
            self.receivedAt = receivedAt
        }
    }

    /// The last ones.
    package var answers: Answers
    /// The user has paused the screen.
    package var isPaused = false
    /// Since when the relay does not answer; nil while it does.
    package var lostSince: WallTime?

    package init(_ answers: Answers) { self.answers = answers }
}
