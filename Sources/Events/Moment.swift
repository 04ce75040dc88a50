/// A point in wall-clock time, in microseconds since 1970-01-01T00:00:00Z. For people and for latencies, never for waits.
package struct WallTime: Hashable, Comparable, Sendable {
    package let microseconds: Int64

    package init(microseconds: Int64) { self.microseconds = microseconds }

    /// Whole seconds since 1970, rounded down.
    package var seconds: Int64 { microseconds >= 0 ? microseconds / 1_000_000 : (microseconds - 999_999) / 1_000_000 }

    package static func < (left: WallTime, right: WallTime) -> Bool { left.microseconds < right.microseconds }

    package static func + (time: WallTime, wait: Duration) -> WallTime {
        WallTime(microseconds: time.microseconds + wait.microseconds)
    }

    package static func - (time: WallTime, wait: Duration) -> WallTime {
        WallTime(microseconds: time.microseconds - wait.microseconds)
    }

    package static func - (left: WallTime, right: WallTime) -> Duration {
        .microseconds(left.microseconds - right.microseconds)
    }
}

/// A point on a clock that never jumps, as the time since the clock's own start. All waits and deadlines use it.
package struct MonotonicTime: Hashable, Comparable, Sendable {
    package let sinceStart: Duration

    package init(_ sinceStart: Duration) { self.sinceStart = sinceStart }

    package static func < (left: MonotonicTime, right: MonotonicTime) -> Bool { left.sinceStart < right.sinceStart }

    package static func + (time: MonotonicTime, wait: Duration) -> MonotonicTime {
        MonotonicTime(time.sinceStart + wait)
    }

    package static func += (time: inout MonotonicTime, wait: Duration) { time = time + wait }

    package static func - (left: MonotonicTime, right: MonotonicTime) -> Duration { left.sinceStart - right.sinceStart }
}

/// One instant on both clocks: what every decision takes as its `now`.
package struct Moment: Hashable, Sendable {
    package let wall: WallTime
    package let monotonic: MonotonicTime

    package init(wall: WallTime, monotonic: MonotonicTime) {
        self.wall = wall
        self.monotonic = monotonic
    }

    /// The same instant, `wait` later on both clocks.
    package static func + (moment: Moment, wait: Duration) -> Moment {
        Moment(wall: moment.wall + wait, monotonic: moment.monotonic + wait)
    }
}

/// Tells the time. The daemon uses the system's, tests a clock that they move by hand.
package protocol TimeSource: Sendable {
    func now() -> Moment
}

/// The system's clocks.
package struct SystemTime: TimeSource {
    private static let start = ContinuousClock.now

    package init() {}

    package func now() -> Moment {
        Moment(wall: .system, monotonic: MonotonicTime(ContinuousClock.now - Self.start))
    }
}

extension Duration {
    /// The whole microseconds, rounded towards zero.
    package var microseconds: Int64 {
        components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000
    }

    /// The whole milliseconds, rounded towards zero.
    package var milliseconds: Int64 { microseconds / 1_000 }

    /// The seconds as a floating-point number.
    package var inSeconds: Double { Double(microseconds) / 1_000_000 }
}
