internal import Domain

/// Times as status shows them: by the system's clock as it is now.
struct TimesOfDay: Sendable {
    let line: TimeLine

    func text(_ time: SteadyTime, _ now: Moment) -> String { line.wall(time, now: now).iso8601 }

    func text(_ time: MonotonicTime, _ now: Moment) -> String { wall(time, now).iso8601 }

    func wall(_ time: MonotonicTime, _ now: Moment) -> WallTime {
        line.wall(now.steady + (time - now.monotonic), now: now)
    }
}
