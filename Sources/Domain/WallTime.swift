/// A time of day by the system's clock, in microseconds since 1970-01-01T00:00:00Z. That clock may be set back and forth,
/// so it is used for display and for what other programs compare, never for waits and ages.
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
