/// Reads the system's clocks.
package struct SystemTime: TimeSource {
    /// Not `SuspendingClock`: time in which the machine is suspended counts.
    private static let start = ContinuousClock.now
    /// Where the time line stood at ``start``.
    private let origin: SteadyTime

    /// With a time line that begins now.
    package init() { self.init(startingAt: SteadyTime(microseconds: WallTime.system.microseconds)) }

    /// - Parameter start: where the time line stands now.
    package init(startingAt start: SteadyTime) { origin = start - (ContinuousClock.now - Self.start) }

    package func now() -> Moment {
        let passed = ContinuousClock.now - Self.start
        return Moment(wall: .system, steady: origin + passed, monotonic: MonotonicTime(passed))
    }

    package func sleep(for wait: Duration) async throws { try await Task.sleep(for: wait) }
}
