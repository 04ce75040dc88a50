/// A time of day by the system's clock, in microseconds since 1970-01-01T00:00:00Z. That clock may be
/// stepped forward or back, so it is used only for times that other programs write or read: displayed times, timestamps
/// of requests, dates in `Retry-After`, and the latency since a writer's timestamp.
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
