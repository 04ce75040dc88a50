package import Domain

/// Hears of every finished attempt.
package protocol AttemptObserver: Sendable {
    func attemptEnded(_ record: AttemptRecord)
}
