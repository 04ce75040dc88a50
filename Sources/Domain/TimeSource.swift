/// Reads the time and sleeps. The daemon uses the system's clocks; tests use a clock that they advance themselves.
///
/// Not a `Clock`, because a decision needs the same instant on every clock.
package protocol TimeSource: Sendable {
    func now() -> Moment

    /// Returns after `wait` of monotonic time.
    /// - Throws: `CancellationError` as soon as the task is cancelled.
    func sleep(for wait: Duration) async throws
}
