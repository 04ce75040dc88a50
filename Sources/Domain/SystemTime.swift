/// Reads the system's clocks.
package struct SystemTime: TimeSource {
    private static let start = ContinuousClock.now

    package init() {}

    package func now() -> Moment {
        Moment(wall: .system, monotonic: MonotonicTime(ContinuousClock.now - Self.start))
    }

    package func sleep(for wait: Duration) async throws { try await Task.sleep(for: wait) }
}
