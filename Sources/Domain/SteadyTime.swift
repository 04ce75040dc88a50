/// A time on the relay's own time line, which steps of the system's clock do not move (``TimeLine``).
///
/// Everything that the relay stores and compares over restarts uses it: idle times, ends and retries. In microseconds;
/// the line begins with what the system's clock shows at the first start, as microseconds since 1970-01-01T00:00:00Z.
package struct SteadyTime: Hashable, Comparable, Sendable {
    package let microseconds: Int64

    package init(microseconds: Int64) { self.microseconds = microseconds }

    package static func < (left: SteadyTime, right: SteadyTime) -> Bool { left.microseconds < right.microseconds }

    package static func + (time: SteadyTime, wait: Duration) -> SteadyTime {
        SteadyTime(microseconds: time.microseconds + wait.microseconds)
    }

    package static func - (time: SteadyTime, wait: Duration) -> SteadyTime {
        SteadyTime(microseconds: time.microseconds - wait.microseconds)
    }

    package static func - (left: SteadyTime, right: SteadyTime) -> Duration {
        .microseconds(left.microseconds - right.microseconds)
    }
}
