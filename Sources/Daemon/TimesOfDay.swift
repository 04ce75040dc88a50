package import Domain

/// Times as status shows them: by the system's clock as it is now.
package struct TimesOfDay: Sendable {
    private let line: TimeLine

    package init(line: TimeLine) { self.line = line }

    func text(_ time: SteadyTime, _ now: Moment) -> String { line.wall(time, now: now).iso8601 }

    func text(_ time: MonotonicTime, _ now: Moment) -> String { wall(time, now).iso8601 }

    func wall(_ time: MonotonicTime, _ now: Moment) -> WallTime {
        line.wall(now.steady + (time - now.monotonic), now: now)
    }
}
