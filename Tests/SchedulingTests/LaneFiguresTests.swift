import Domain
import Scheduling
import TestSupport
import Testing

/// What status shows of a lane beside its counts.
@Suite struct LaneFiguresTests {
    @Test("A state begins with the attempt that caused it, also while the lane is closed")
    func since() {
        var harness = ScheduleHarness(total: 8, perOrigin: 8)
        for id in 1...5 { harness.add(Sample.ticket(Int64(id))) }
        let started = harness.start()
        #expect(figures(harness)?.since == nil)
        end(started[0], .timeout, timedOut: true, at: 10, &harness)
        #expect(figures(harness)?.since == harness.time(10) && figures(harness)?.state == .hanging)
        end(started[1], .timeout, timedOut: true, at: 11, &harness)
        #expect(figures(harness)?.since == harness.time(10))
        end(started[2], .http(500), at: 12, &harness)
        #expect(figures(harness)?.since == harness.time(12) && figures(harness)?.state == .answering)
        end(started[3], nil, at: 13, &harness)
        end(started[4], nil, at: 14, &harness)
        #expect(figures(harness) == nil)
        harness.add(Sample.ticket(9))
        #expect(figures(harness)?.since == harness.time(12))
    }

    @Test("The last error is that of the last attempt, until one succeeds")
    func lastError() {
        var harness = ScheduleHarness(total: 8, perOrigin: 8)
        for id in 1...4 { harness.add(Sample.ticket(Int64(id))) }
        let started = harness.start()
        end(started[0], .http(500), at: 1, &harness)
        #expect(figures(harness)?.lastError == .http(500))
        end(started[1], .connectionRefused, at: 2, &harness)
        #expect(figures(harness)?.lastError == .connectionRefused)
        end(started[2], nil, at: 3, &harness)
        #expect(figures(harness)?.lastError == nil)
    }

    @Test("The next attempt is the retry that is due first, but not before the pauses are over")
    func nextAttempt() {
        var harness = ScheduleHarness(total: 8, perOrigin: 8)
        for id in 1...3 { harness.add(Sample.ticket(Int64(id))) }
        #expect(figures(harness)?.nextAttempt == nil, "it starts at once")
        let started = harness.start()
        harness.fail(started[0], retryAfter: 9, at: 0)
        harness.fail(started[1], retryAfter: 5, at: 1)
        harness.fail(started[2], retryAfter: 7, at: 2)
        #expect(figures(harness)?.nextAttempt == harness.time(6))
        #expect(harness.start(at: 6) == [started[1]])
        #expect(figures(harness)?.nextAttempt == harness.time(9))
        harness.pause("a", for: 10, at: 6)
        #expect(figures(harness)?.nextAttempt == harness.time(16) && figures(harness)?.pausedUntil == harness.time(16))
        #expect(figures(harness)?.waiting == 2)
        harness.add(Sample.ticket(4))
        #expect(figures(harness)?.nextAttempt == harness.time(16), "a first attempt waits for the pause, too")
        #expect(harness.start(at: 16).count == 0, "one attempt is in flight already")
        #expect(figures(harness)?.nextAttempt == nil && figures(harness)?.pausedUntil == nil)
    }

    @Test("A failing lane shows the end of its pause")
    func failingLane() {
        var harness = ScheduleHarness(total: 64, perOrigin: 4)
        for id in 1...40 { harness.add(Sample.ticket(Int64(id))) }
        for _ in 0..<8 { for id in harness.start() { harness.giveUp(id) } }
        #expect(figures(harness)?.state == .failing)
        #expect(figures(harness)?.nextAttempt == harness.time(0.125) && figures(harness)?.pausedUntil == nil)
    }

    private func figures(_ harness: ScheduleHarness) -> LaneFigures? { harness.schedule.laneFigures().first }

    private func end(
        _ id: Int64, _ error: ErrorClass?, timedOut: Bool = false, at seconds: Double, _ harness: inout ScheduleHarness
    ) {
        let verdict = error.map { Verdict.failed($0) } ?? .delivered
        harness.schedule.end(DeliveryID(id), verdict, error, timedOut: timedOut, now: harness.time(seconds))
    }
}
