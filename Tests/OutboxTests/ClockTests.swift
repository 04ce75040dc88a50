import Domain
import Outbox
import TestSupport
import Testing

/// What the outbox keeps of the clocks, and what it deletes while they are stepped.
@Suite struct ClockTests {
    private let noon = Sample.noon
    private static let day = Duration.hours(24)

    private func mark(_ since: Int, _ boot: String, at second: Int) -> ClockMark {
        ClockMark(
            since: noon + .seconds(since), boot: BootClock(id: boot, elapsed: .seconds(second)),
            steady: noon + .seconds(second), wall: Sample.timeOfDay + .seconds(second))
    }

    @Test("The last mark of each boot is kept, of a hundred boots at most", arguments: OutboxImplementation.all)
    func marks(_ implementation: OutboxImplementation) async throws {
        try await implementation.with { outbox in
            #expect(try await outbox.clockMarks().isEmpty)
            try await outbox.keep(mark(0, "b", at: 1))
            try await outbox.keep(mark(0, "b", at: 61))
            try await outbox.keep(mark(70, "", at: 70))
            #expect(try await outbox.clockMarks() == [mark(0, "b", at: 61), mark(70, "", at: 70)])
            for boot in 100...199 { try await outbox.keep(mark(boot, "b", at: boot)) }
            #expect(try await outbox.clockMarks() == (100...199).map { mark($0, "b", at: $0) })
        }
    }

    @Test(
        "The latest activity is that of any workflow, deliveries that end included", arguments: OutboxImplementation.all
    )
    func latestActivity(_ implementation: OutboxImplementation) async throws {
        try await implementation.with { outbox in
            #expect(try await outbox.latestActivity() == nil)
            let made = try await outbox.accept(["a"], of: "v")
            try await outbox.accept(["a"], at: noon - .hours(1))
            #expect(try await outbox.latestActivity() == noon)
            try await outbox.record([Sample.delivered(made[0], endedAt: noon + .hours(1))])
            #expect(try await outbox.latestActivity() == noon + .hours(1))
        }
    }

    /// The first run has a wrong clock in some of them.
    private static let clocks: [(before: Duration, after: Duration)] = [
        (.zero, day), (.zero, .zero - day), (.zero, day * 365), (.microseconds(-Sample.timeOfDay.microseconds), .zero),
        (.zero, .microseconds(-Sample.timeOfDay.microseconds)),
    ]

    @Test(
        "A clock that is stepped between stop and start ends nothing, and what is idle still ends",
        arguments: OutboxImplementation.all, [true, false])
    func restart(_ implementation: OutboxImplementation, isSameBoot: Bool) async throws {
        for clock in Self.clocks {
            try await implementation.with { outbox in
                try await run(outbox, "b", 100, clock: Sample.timeOfDay + clock.before) { now in
                    let made = try await outbox.accept(["a"], at: now.steady)
                    try await outbox.accept([], of: "complete", at: now.steady)
                    try await outbox.change("complete") { $0.completedAt = now.steady }
                    try await outbox.record([Sample.delivered(made[0], endedAt: now.steady)])
                }
                let boot = isSameBoot ? "b" : "c"
                try await run(outbox, boot, 110, clock: Sample.timeOfDay + .seconds(10) + clock.after) { now in
                    try await outbox.expire(.sample(completion: .seconds(60)), now: now.steady)
                    let history = try #require(try await outbox.history(of: CorrelationID("w")))
                    #expect(history.deliveries.count == 1 && history.summary.workflow.registration != nil)
                    #expect(try await outbox.accepted(["a"]) == ["a"])
                    #expect(try await outbox.workflow("complete")?.registration != nil)
                    try await outbox.expire(.sample(completion: .seconds(60)), now: now.steady + .seconds(61))
                    #expect(try await outbox.workflow("complete")?.registration == nil)
                    try await outbox.expire(.sample(), now: now.steady + Self.day + .seconds(1))
                    #expect(try await outbox.workflow() == nil)
                }
            }
        }
    }

    /// A run of the relay that marks its time at the start and at the end.
    private func run(
        _ outbox: any OutboxRoles, _ boot: String, _ elapsed: Int, clock: WallTime,
        _ body: (Moment) async throws -> Void
    ) async throws {
        let line = TimeLine(
            continuing: try await outbox.clockMarks(), latest: try await outbox.latestActivity(),
            boot: BootClock(id: boot, elapsed: .seconds(elapsed)), wall: clock)
        let now = Moment(wall: clock, steady: line.start, monotonic: MonotonicTime(.zero))
        try await outbox.keep(line.mark(now))
        try await body(now)
        try await outbox.keep(line.mark(now + .seconds(5)))
    }
}
