import Domain
import Scheduling
import TestSupport
import Testing

/// A pause that a receiver asks for holds for all deliveries of its origin, and costs other origins nothing.
@Suite struct SchedulePauseTests {
    /// A lane of an answering origin with these deliveries, of which the first asks for a pause of 30 s.
    private func paused(_ ids: ClosedRange<Int64>, inFlight: Int = 1) -> ScheduleHarness {
        var harness = ScheduleHarness(total: 64, perOrigin: 4)
        harness.prove(["a"])
        for id in ids.prefix(inFlight) { harness.add(Sample.ticket(id)) }
        #expect(harness.start() == Array(ids.prefix(inFlight)))
        for id in ids.dropFirst(inFlight) { harness.add(Sample.ticket(id)) }
        harness.pause("a", for: 30, at: 0)
        return harness
    }

    @Test("Until the pause is over no delivery of the origin starts; then those behind start without a charge")
    func neighboursWait() {
        var harness = paused(1...10)
        harness.fail(1, retryAfter: 30, at: 0)
        #expect(harness.start(at: 29.999) == [])
        #expect(harness.schedule.nextDue == harness.time(30))
        var order: [Int64] = []
        while case let started = harness.start(at: 30), !started.isEmpty {
            order += started
            for id in started { harness.deliver(id) }
        }
        #expect(order.sorted() == Array(1...10))
        for id in 2...10 as ClosedRange<Int64> { #expect(harness.attempts(of: id) == [0]) }
        #expect(harness.schedule.laneFigures().isEmpty)
    }

    @Test("A pause holds, however the attempts end that were in flight when it began")
    func outcomesDoNotShortenThePause() {
        var harness = paused(1...10, inFlight: 4)
        harness.fail(1, retryAfter: 30, at: 0)
        harness.deliver(2)
        harness.fail(3, retryAfter: 1, timedOut: true, at: 1)
        #expect(harness.start(at: 5) == [])
        harness.giveUp(4)
        #expect(harness.start(at: 29.999) == [])
        #expect(!harness.start(at: 30).isEmpty)
    }

    @Test("A longer request extends the pause, a shorter one does not shorten it")
    func pausesAreExtendedOnly() {
        var harness = paused(1...10, inFlight: 3)
        harness.pause("a", for: 5, at: 1)
        harness.pause("a", for: 60, at: 2)
        for id in 1...3 as ClosedRange<Int64> { harness.fail(id, retryAfter: 1, at: 2) }
        #expect(harness.start(at: 6) == [])
        #expect(harness.start(at: 30) == [])
        #expect(harness.start(at: 61.999) == [])
        #expect(harness.start(at: 62).count == 1)
    }

    @Test("The pause outlasts the last delivery of its origin, and ends with its lane")
    func pauseOutlastsTheLane() {
        var harness = paused(1...1)
        harness.giveUp(1)
        harness.add(Sample.ticket(2))
        #expect(harness.start(at: 29.999) == [])
        #expect(harness.start(at: 30) == [2])
        harness.deliver(2)

        harness = paused(1...1)
        harness.giveUp(1)
        #expect(harness.start(at: 30) == [])
        #expect(harness.schedule.laneFigures().isEmpty && harness.schedule.nextDue == nil)
    }

    @Test("After the pause one attempt at a time starts, until one is answered without another pause")
    func oneAttemptAfterThePause() {
        var harness = paused(1...10)
        harness.fail(1, retryAfter: 30, at: 0)
        let first = harness.start(at: 30)
        #expect(first.count == 1)
        harness.pause("a", for: 30, at: 31)
        harness.fail(first[0], retryAfter: 30, at: 31)
        #expect(harness.start(at: 60.999) == [])
        let second = harness.start(at: 61)
        #expect(second.count == 1)
        harness.deliver(second[0])
        #expect(harness.start(at: 61).count == 4)
    }

    @Test("A failing origin observes the longer of its two pauses")
    func failingOrigin() {
        var harness = ScheduleHarness(total: 64, perOrigin: 4)
        for id in 1...40 { harness.add(Sample.ticket(Int64(id))) }
        for _ in 0..<7 { for id in harness.start() { harness.giveUp(id) } }
        let last = harness.start()
        harness.pause("a", for: 30, at: 0)
        for id in last { harness.giveUp(id) }
        #expect(harness.schedule.laneFigures().first?.state == .failing)
        #expect(harness.start(at: 1) == [])
        #expect(harness.start(at: 29.999) == [])
        #expect(harness.start(at: 30).count == 1)
    }

    @Test("Ordered workflows of the origin wait too, and keep their order")
    func orderedWorkflows() {
        var harness = ScheduleHarness(total: 64, perOrigin: 4)
        for id in 1...3 { harness.add(Sample.ticket(Int64(id), ordered: "w")) }
        for id in 4...6 { harness.add(Sample.ticket(Int64(id), ordered: "v")) }
        #expect(harness.start().sorted() == [1, 4])
        harness.pause("a", for: 30, at: 0)
        harness.fail(1, retryAfter: 30, at: 0)
        harness.deliver(4)
        #expect(harness.start(at: 29.999) == [])
        var order: [Int64] = []
        while case let started = harness.start(at: 30), !started.isEmpty {
            order += started
            for id in started { harness.deliver(id) }
        }
        #expect(order.filter { $0 <= 3 } == [1, 2, 3] && order.filter { $0 > 3 } == [5, 6])
    }

    @Test("Thousands of paused origins take no slot and no share from the others")
    func pausedOriginsCostOthersNothing() {
        var harness = ScheduleHarness(limits: .init(maxInFlight: 64, maxInFlightPerOrigin: 8, timeout: .seconds(10)))
        let paused = (1...3_000).map { "p\($0)" }
        let others = ["a", "b", "c", "d", "e", "f"]
        harness.prove(others)
        for (number, origin) in paused.enumerated() {
            let id = Int64(1_000 + number)
            harness.add(Sample.ticket(id, to: origin))
            #expect(harness.start() == [id])
            harness.pause(origin, for: 30, at: 0)
            harness.giveUp(id)
            harness.add(Sample.ticket(10_000 + id, to: origin))
        }
        #expect(harness.schedule.inFlightCount == 0)
        for id in 1...60 { harness.add(Sample.ticket(Int64(id), to: others[id % 6])) }
        #expect(harness.start(at: 1).count == 48, "eight each, as without the paused origins")
    }

    @Test("Deliveries that are read from the outbox during the pause wait for its end")
    func backlog() throws {
        var harness = ScheduleHarness(total: 64, perOrigin: 4)
        harness.schedule.recover(Sample.origin("a"))
        let refill = try #require(harness.schedule.takeRefills().first)
        harness.add(Sample.ticket(100))
        harness.answer(refill, with: [1])
        #expect(harness.start() == [1])
        harness.pause("a", for: 30, at: 0)
        harness.giveUp(1)
        let rest = try #require(harness.schedule.takeRefills().first)
        harness.answer(rest, with: [100])
        #expect(harness.start(at: 29.999) == [])
        #expect(harness.start(at: 30) == [100])
    }
}
