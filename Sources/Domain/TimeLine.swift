/// The relay's time line, as one run of the relay continues it.
///
/// It starts at the system's clock once, at the very first start, and then advances with the clock of the machine's
/// boot. So no step of the system's clock ends anything early. Time in which the machine was off is not counted:
/// after a boot, the system's clock cannot distinguish it from a step. What is kept for a time is then kept for longer.
package struct TimeLine: Sendable {
    /// Where the line stands at the start of this run.
    package let start: SteadyTime
    /// Where it stood at the first start in this boot.
    private let since: SteadyTime
    private let boot: BootClock
    /// The system's clock at the start of this run.
    private let wall: WallTime
    /// The last mark of each earlier boot, the first boot first.
    private let earlier: [ClockMark]

    /// - Parameters:
    ///   - marks: what the outbox kept, the first boot first.
    ///   - latest: the latest activity that the outbox holds; later than its last mark if the machine crashed.
    ///   - boot: the clock of this boot, now.
    ///   - wall: the system's clock, now.
    package init(continuing marks: [ClockMark], latest: SteadyTime?, boot: BootClock, wall: WallTime) {
        self.boot = boot
        self.wall = wall
        let last = marks.last
        let passed = last.flatMap { boot.duration(since: $0.boot) }
        let continued = last.map { $0.steady + (passed ?? .zero) } ?? SteadyTime(microseconds: wall.microseconds)
        start = max(continued, latest ?? continued)
        if let last, passed != nil {
            since = last.since
            earlier = marks.dropLast()
        } else {
            since = start
            earlier = marks
        }
    }

    /// The mark of this boot.
    package func mark(_ now: Moment) -> ClockMark {
        ClockMark(since: since, boot: boot + (now.steady - start), steady: now.steady, wall: now.wall)
    }

    /// The time of day of a time on the line: by the system's clock as it is now, or for a time before this boot, as
    /// it was at the end of that boot. So a clock that was corrected also corrects what is shown.
    package func wall(_ time: SteadyTime, now: Moment) -> WallTime {
        if time < since, let mark = earlier.last(where: { $0.since <= time }) ?? earlier.first {
            return mark.wall + (time - mark.steady)
        }
        return wall + (time - start) + .seconds(steps(now))
    }

    /// By how much the system's clock was stepped since the start. In whole seconds, because the clocks are read one
    /// after the other, and the same time must always be shown alike.
    private func steps(_ now: Moment) -> Int64 {
        let step = (now.wall - wall) - (now.steady - start)
        return Int64(step.inSeconds.rounded())
    }
}
