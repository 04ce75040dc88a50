/// Tells the time, and sleeps. The daemon uses the system's clocks, tests a clock that they move by hand.
///
/// Not a `Clock`: a decision needs the same instant on the wall clock and on the monotonic one.
package protocol TimeSource: Sendable {
    func now() -> Moment

    /// Returns after `wait` of monotonic time.
    /// - Throws: `CancellationError` as soon as the task is cancelled.
    func sleep(for wait: Duration) async throws
}
