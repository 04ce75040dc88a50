/// A time on a clock that never jumps, measured from the start of that clock. All waits and deadlines use it.
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
