package import Domain

/// Receives every finished attempt, and every one that could not begin.
package protocol AttemptObserver: Sendable {
    func attemptEnded(_ record: AttemptRecord)

    /// The attempt does not count. It is made again after a while.
    func attemptNotBegun(_ shortage: Shortage)
}
