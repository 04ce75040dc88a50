import Daemon
import Domain
import Scheduling
import Status
import TestSupport
import Testing

@Suite struct LaneReportsTests {
    private static let now = Sample.moment(Sample.noon + .seconds(100))
    private let reports = LaneReports(
        times: TimesOfDay(
            line: TimeLine(
                continuing: [], latest: nil, boot: BootClock(id: "b", elapsed: .zero), wall: Sample.timeOfDay)),
        now: now)

    @Test("Origins in trouble come first, then those with the most pending deliveries, then by name")
    func order() {
        let lanes = [
            lane("quiet", .answering), lane("busy", .answering, ready: 9), lane("new", .unknown, ready: 9),
            lane("paused", .answering, pausedUntil: 200), lane("failing", .failing),
            lane("hanging", .hanging), lane("hanging-more", .hanging, ready: 1),
        ]
        let expected = ["hanging-more", "hanging", "failing", "paused", "busy", "new", "quiet"]
        for _ in 0..<5 {
            let found = reports.reports(lanes.shuffled(), limit: 10).map(\.origin)
            #expect(found == expected.map { "https://\($0).example" })
        }
        #expect(reports.reports(lanes, limit: 2).map(\.origin).count == 2)
    }

    @Test("Times on the monotonic clock are shown as times of day")
    func times() throws {
        let figures = lane("a", .hanging, since: 40, error: .timeout, nextAttempt: 160, pausedUntil: 160)
        let report = try #require(reports.reports([figures], limit: 1).first)
        #expect(report.since == (Sample.timeOfDay + .seconds(40)).iso8601)
        #expect(report.nextAttemptAt == (Sample.timeOfDay + .seconds(160)).iso8601)
        #expect(report.pausedUntil == report.nextAttemptAt && report.lastError == "timeout")
    }

    private func lane(
        _ name: String, _ state: OriginState, ready: Int = 0, since: Int? = nil, error: ErrorClass? = nil,
        nextAttempt: Int? = nil, pausedUntil: Int? = nil
    ) -> LaneFigures {
        let time = { (seconds: Int?) in seconds.map { MonotonicTime(.seconds($0)) } }
        return LaneFigures(
            origin: Sample.origin(name), state: state, inFlight: 0, ready: ready, waiting: 0, behindHead: 0,
            hasBacklog: false, since: time(since), lastError: error, nextAttempt: time(nextAttempt),
            pausedUntil: time(pausedUntil))
    }
}
