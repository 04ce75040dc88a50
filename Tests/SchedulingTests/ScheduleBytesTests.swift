import Domain
import TestSupport
import Testing

/// Bodies in flight have a limit in bytes; one origin may hold a quarter of it.
@Suite struct ScheduleBytesTests {
    @Test func bytesOfAllOriginsAreLimited() {
        var harness = ScheduleHarness(total: 100, perOrigin: 100, bytes: 400)
        harness.prove((1...5).map { "o\($0)" })
        for id in 1...5 { harness.add(Sample.ticket(Int64(id), to: "o\(id)", bytes: 100)) }
        #expect(harness.start() == [1, 2, 3, 4])
        harness.deliver(1)
        #expect(harness.start() == [5])
    }

    @Test("Unknown origins leave an eighth of the bytes free, hanging ones half")
    func sharesOfOriginsThatDoNotAnswer() {
        var harness = ScheduleHarness(total: 100, perOrigin: 8, bytes: 800)
        harness.prove((1...9).map { "h\($0)" }, timedOut: true)
        harness.prove(["good"])
        for id in 1...9 { harness.add(Sample.ticket(Int64(id), to: "h\(id)", bytes: 100)) }
        for id in 11...19 { harness.add(Sample.ticket(Int64(id), to: "new\(id)", bytes: 100)) }
        let started = harness.start()
        #expect(started.count { $0 < 10 } <= 4)
        #expect(started.count == 7)
        for id in 20...22 { harness.add(Sample.ticket(Int64(id), to: "good", bytes: 50)) }
        #expect(harness.start() == [20, 21], "answering origins are not delayed by those that wait for room")
        harness.deliver(20)
        #expect(harness.start() == [22])
    }

    @Test("An unknown origin is started although answering origins keep filling all bytes")
    func newOriginsDoNotStarve() {
        var harness = ScheduleHarness(total: 100, perOrigin: 8, bytes: 800)
        let busy = (1...8).map { "busy\($0)" }
        harness.prove(busy)
        var last: Int64 = 0
        func work() -> [Ticket] {
            busy.map { origin in
                last += 1
                return Sample.ticket(last, to: origin, bytes: 200)
            }
        }
        for _ in 0..<4 { for ticket in work() { harness.add(ticket) } }
        var inFlight = harness.start()
        #expect(inFlight.count == 4)
        harness.add(Sample.ticket(1_000, to: "new", bytes: 200))
        var rounds = 0
        while !inFlight.contains(1_000), rounds < 10 {
            harness.deliver(inFlight.removeFirst())
            inFlight += harness.start()
            rounds += 1
        }
        #expect(inFlight.contains(1_000), "the unknown origin is started in time")
    }

    @Test("When an attempt of a hanging origin ends, another hanging origin uses its bytes")
    func hangingOriginsTakeTurns() {
        var harness = ScheduleHarness(total: 100, perOrigin: 8, bytes: 800)
        let origins = (1...3).map { "h\($0)" }
        harness.prove(origins, timedOut: true)
        for (index, origin) in origins.enumerated() {
            harness.add(Sample.ticket(Int64(index + 1), to: origin, bytes: 300))
        }
        for id in 1...3 {
            #expect(harness.start() == [Int64(id)])
            #expect(harness.start() == [])
            harness.giveUp(Int64(id))
        }
    }

    @Test func oneOriginHoldsAtMostAQuarter() {
        var harness = ScheduleHarness(total: 100, perOrigin: 100, bytes: 400)
        for id in 1...4 { harness.add(Sample.ticket(Int64(id), to: "a", bytes: 40)) }
        #expect(harness.start() == [1, 2])
        harness.deliver(2)
        #expect(harness.start() == [3])
    }

    @Test func bodyLargerThanTheQuarterIsSentAloneInItsLane() {
        var harness = ScheduleHarness(total: 100, perOrigin: 100, bytes: 400)
        harness.add(Sample.ticket(1, to: "a", bytes: 10))
        harness.add(Sample.ticket(2, to: "a", bytes: 200))
        harness.add(Sample.ticket(3, to: "a", bytes: 10))
        harness.add(Sample.ticket(4, to: "b", bytes: 10))
        #expect(harness.start() == [1, 4])
        harness.deliver(1)
        #expect(harness.start() == [2])
        #expect(harness.start() == [])
        harness.deliver(2)
        #expect(harness.start() == [3])
    }

    @Test func bodyLargerThanTheLimitIsSentAlone() {
        var harness = ScheduleHarness(total: 100, perOrigin: 100, bytes: 400)
        harness.add(Sample.ticket(1, to: "small", bytes: 1))
        harness.add(Sample.ticket(2, to: "large", bytes: 500))
        harness.add(Sample.ticket(3, to: "other", bytes: 1))
        #expect(harness.start() == [1])
        #expect(harness.start() == [], "the large body does not starve")
        harness.deliver(1)
        #expect(harness.start() == [2])
        #expect(harness.start() == [])
        harness.deliver(2)
        #expect(harness.start() == [3])
    }

    @Test func bytesOfARetryAreCountedAgain() {
        var harness = ScheduleHarness(total: 100, perOrigin: 100, bytes: 400)
        for id in 1...2 { harness.add(Sample.ticket(Int64(id), to: "a", bytes: 60)) }
        #expect(harness.start() == [1])
        harness.fail(1, retryAfter: 1, at: 0)
        #expect(harness.start(at: 0) == [2])
        #expect(harness.start(at: 1) == [])
        harness.deliver(2)
        #expect(harness.start(at: 1) == [1])
    }

    @Test func theDefaultLimitIsSixtyFourMebibytes() {
        var harness = ScheduleHarness(total: 100, perOrigin: 100)
        harness.prove((1...5).map { "o\($0)" })
        for id in 1...5 { harness.add(Sample.ticket(Int64(id), to: "o\(id)", bytes: 16 << 20)) }
        #expect(harness.start() == [1, 2, 3, 4])
    }
}
