import Domain
import TestSupport
import Testing

/// The time line over restarts of the relay and of the machine, while the system's clock is stepped.
@Suite struct TimeLineTests {
    private let noon = Sample.noon
    private static let day = Duration.seconds(86_400)
    /// The system's clock differs by this from what is expected.
    private static let steps: [Duration] = [
        .zero, day, .zero - day, day * 365, .zero - day * 365, .microseconds(-Sample.timeOfDay.microseconds),
    ]

    private func boot(_ id: String, _ seconds: Double) -> BootClock { BootClock(id: id, elapsed: .seconds(seconds)) }

    private func moment(of line: TimeLine, after wait: Duration, wall: WallTime) -> Moment {
        Moment(wall: wall, steady: line.start + wait, monotonic: MonotonicTime(wait))
    }

    /// A run of a minute from noon, 100 s after the boot.
    private var firstMark: ClockMark {
        let line = TimeLine(continuing: [], latest: nil, boot: boot("b", 100), wall: Sample.timeOfDay)
        return line.mark(moment(of: line, after: .seconds(60), wall: Sample.timeOfDay + .seconds(60)))
    }

    @Test("It begins with the system's clock")
    func beginning() {
        let line = TimeLine(continuing: [], latest: nil, boot: boot("b", 100), wall: Sample.timeOfDay)
        #expect(line.start == noon)
        #expect(firstMark.since == noon && firstMark.steady == noon + .seconds(60))
        #expect(firstMark.boot == boot("b", 160))
    }

    @Test("After a restart within a boot, it has advanced by what the boot's clock measured", arguments: steps)
    func restart(_ step: Duration) {
        let wall = Sample.timeOfDay + .seconds(90) + step
        let line = TimeLine(continuing: [firstMark], latest: noon, boot: boot("b", 190), wall: wall)
        #expect(line.start == noon + .seconds(90))
        let mark = line.mark(moment(of: line, after: .seconds(5), wall: wall + .seconds(5)))
        #expect(mark.since == noon && mark.steady == noon + .seconds(95) && mark.boot == boot("b", 195))
    }

    @Test("After a boot, it continues where it was, whatever the system's clock shows", arguments: steps)
    func newBoot(_ step: Duration) {
        let wall = Sample.timeOfDay + .seconds(900) + step
        let line = TimeLine(continuing: [firstMark], latest: noon, boot: boot("c", 500), wall: wall)
        #expect(line.start == noon + .seconds(60))
        let mark = line.mark(moment(of: line, after: .seconds(5), wall: wall + .seconds(5)))
        #expect(mark.since == noon + .seconds(60) && mark.boot == boot("c", 505))
    }

    @Test(
        "What the boot's clock cannot have measured does not count",
        arguments: [BootClock(id: "", elapsed: .seconds(500)), BootClock(id: "b", elapsed: .seconds(159))])
    func unknownBoot(_ boot: BootClock) {
        let line = TimeLine(continuing: [firstMark], latest: nil, boot: boot, wall: Sample.timeOfDay + Self.day)
        #expect(line.start == noon + .seconds(60))
        let unknown = ClockMark(
            since: noon, boot: BootClock(id: "", elapsed: .zero), steady: noon, wall: Sample.timeOfDay)
        let next = TimeLine(continuing: [unknown], latest: nil, boot: boot, wall: Sample.timeOfDay + Self.day)
        #expect(next.start == noon, "two unknown boots are not the same")
    }

    @Test("It is never before what the outbox holds, so a crash of the machine does not repeat it")
    func latest() {
        for boot in [boot("b", 160), boot("c", 1)] {
            let latest = noon + .seconds(75)
            let line = TimeLine(continuing: [firstMark], latest: latest, boot: boot, wall: Sample.timeOfDay)
            #expect(line.start == latest)
        }
        let line = TimeLine(continuing: [], latest: noon, boot: boot("b", 1), wall: WallTime(microseconds: 0))
        #expect(line.start == noon)
    }

    @Test("Times of this boot are shown by the system's clock as it is now", arguments: steps)
    func correctedClock(_ step: Duration) {
        let line = TimeLine(continuing: [], latest: nil, boot: boot("b", 100), wall: Sample.timeOfDay - step)
        // The clocks are read one after the other.
        for delay in [Duration.microseconds(-3), .zero, .microseconds(3)] {
            let now = moment(of: line, after: .seconds(60), wall: Sample.timeOfDay + .seconds(60) + delay)
            #expect(line.wall(line.start + .seconds(20), now: now) == Sample.timeOfDay + .seconds(20))
            #expect(line.wall(line.start + .seconds(80), now: now) == Sample.timeOfDay + .seconds(80), "in the future")
        }
    }

    @Test("Times of an earlier boot are shown by the system's clock as it was then")
    func earlierBoots() {
        let month = Self.day * 30
        let wall = Sample.timeOfDay + month
        let line = TimeLine(
            continuing: [firstMark], latest: noon + .seconds(70), boot: boot("c", 1), wall: wall)
        let now = moment(of: line, after: .seconds(10), wall: wall + .seconds(10))
        #expect(line.wall(noon + .seconds(50), now: now) == Sample.timeOfDay + .seconds(50))
        #expect(line.wall(noon + .seconds(65), now: now) == Sample.timeOfDay + .seconds(65), "after the last mark")
        #expect(line.wall(noon + .seconds(75), now: now) == wall + .seconds(5))
        let third = TimeLine(
            continuing: [firstMark, line.mark(now)], latest: nil, boot: boot("d", 1), wall: wall + month)
        let later = moment(of: third, after: .seconds(1), wall: wall + month + .seconds(1))
        #expect(third.wall(noon + .seconds(50), now: later) == Sample.timeOfDay + .seconds(50))
        #expect(third.wall(noon + .seconds(75), now: later) == wall + .seconds(5))
        #expect(third.wall(noon - .seconds(5), now: later) == Sample.timeOfDay - .seconds(5), "before all marks")
    }

    @Test("The machine's boot has an id and a clock that runs")
    func thisMachine() {
        let (first, second) = (BootClock.system, BootClock.system)
        #expect(first.id.utf8.count == 36)
        #expect(second.duration(since: first) != nil && first.elapsed > .zero)
    }

    @Test("The clocks of the system advance alike")
    func systemTime() {
        let time = SystemTime(startingAt: noon)
        let (first, second) = (time.now(), time.now())
        #expect(first.steady >= noon && first.steady < noon + .seconds(60))
        let difference = (second.steady - first.steady) - (second.monotonic - first.monotonic)
        #expect((Duration.microseconds(-1)...(.microseconds(1))).contains(difference))
    }
}
