/// The time since the machine booted. It continues over restarts of the relay, and while the machine is suspended.
package struct BootClock: Hashable, Sendable {
    /// The kernel's id of the boot; empty if it is unknown.
    package let id: String
    package let elapsed: Duration

    package init(id: String, elapsed: Duration) {
        self.id = id
        self.elapsed = elapsed
    }

    /// The time since `earlier`; nil if this clock did not measure it, because the machine booted in between.
    package func duration(since earlier: BootClock) -> Duration? {
        guard !id.isEmpty, id == earlier.id, elapsed >= earlier.elapsed else { return nil }
        return elapsed - earlier.elapsed
    }

    /// The same clock `wait` later.
    package static func + (clock: BootClock, wait: Duration) -> BootClock {
        BootClock(id: clock.id, elapsed: clock.elapsed + wait)
    }
}
