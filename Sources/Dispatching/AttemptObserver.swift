package import Domain

/// Receives every finished attempt.
package protocol AttemptObserver: Sendable {
    func attemptEnded(_ record: AttemptRecord)
}
