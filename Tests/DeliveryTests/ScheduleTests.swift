import Delivery
import Events
import TestSupport
import Testing

@Suite struct ScheduleTests {
    @Test func lanesTakeTurns() {
        var bench = ScheduleBench(total: 100, perOrigin: 100)
        for id in 1...4 { bench.add(Sample.ticket(Int64(id), to: "a")) }
        for id in 5...6 { bench.add(Sample.ticket(Int64(id), to: "b")) }
        bench.add(Sample.ticket(7, to: "c"))
        #expect(bench.start() == [1, 5, 7, 2, 6, 3, 4])
        #expect(bench.start() == [])
    }

    @Test func turnsGoOnWhereTheyStopped() {
        var bench = ScheduleBench(total: 2, perOrigin: 2)
        for id in 1...2 { bench.add(Sample.ticket(Int64(id), to: "a")) }
        for id in 3...4 { bench.add(Sample.ticket(Int64(id), to: "b")) }
        for id in 5...6 { bench.add(Sample.ticket(Int64(id), to: "c")) }
        #expect(bench.start() == [1, 3])
        bench.deliver(1)
        bench.deliver(3)
        #expect(Set(bench.start()) == [5, 2], "c was not asked yet")
    }

    @Test func fullLaneDoesNotHoldUpOthers() {
        var bench = ScheduleBench(total: 100, perOrigin: 2)
        for id in 1...50 { bench.add(Sample.ticket(Int64(id), to: "slow")) }
        #expect(bench.start() == [1, 2])
        bench.add(Sample.ticket(51, to: "quick"))
        #expect(bench.start() == [51])
        bench.deliver(1)
        #expect(bench.start() == [3])
    }

    @Test func totalIsNeverExceeded() {
        var bench = ScheduleBench(total: 3, perOrigin: 2)
        for id in 1...9 { bench.add(Sample.ticket(Int64(id), to: "o\(id)")) }
        #expect(bench.start() == [1, 2, 3])
        #expect(bench.start() == [])
        bench.deliver(2)
        #expect(bench.start() == [4])
        #expect(bench.schedule.inFlightCount == 3)
    }

    @Test func waitingRetryHoldsNoSlot() {
        var bench = ScheduleBench(total: 1, perOrigin: 1)
        bench.add(Sample.ticket(1, to: "a"))
        bench.add(Sample.ticket(2, to: "a"))
        #expect(bench.start() == [1])
        bench.fail(1, retryAfter: 4, at: 0)
        #expect(bench.schedule.inFlightCount == 0)
        #expect(bench.schedule.nextDue == bench.time(4))
        #expect(bench.start(at: 0) == [2])
        bench.deliver(2)
        #expect(bench.start(at: 3.999) == [])
        #expect(bench.start(at: 4) == [1])
        #expect(bench.schedule.nextDue == nil)
        #expect(bench.attempts(of: 1) == [0, 1])
    }

    @Test func retriesComeWhenTheyAreDueNotInTheOrderOfFailing() {
        var bench = ScheduleBench(total: 10, perOrigin: 10)
        for id in 1...3 { bench.add(Sample.ticket(Int64(id))) }
        #expect(bench.start() == [1, 2, 3])
        bench.fail(1, retryAfter: 9, at: 0)
        bench.fail(2, retryAfter: 3, at: 0)
        bench.fail(3, retryAfter: 6, at: 0)
        #expect(bench.schedule.nextDue == bench.time(3))
        #expect(bench.start(at: 6) == [2, 3])
        #expect(bench.start(at: 9) == [1])
    }

    @Test func retriesDoNotStarveFirstAttemptsNorTheOtherWayRound() {
        var bench = ScheduleBench(total: 4, perOrigin: 4)
        for id in 1...4 { bench.add(Sample.ticket(Int64(id))) }
        #expect(bench.start() == [1, 2, 3, 4])
        for id in 1...4 { bench.fail(Int64(id), retryAfter: 1, at: 0) }
        for id in 5...8 { bench.add(Sample.ticket(Int64(id))) }
        let first = bench.start(at: 1)
        #expect(Set(first).intersection(1...4).count == 2)
        #expect(Set(first).intersection(5...8).count == 2)
        for id in first { bench.deliver(id) }
        #expect(Set(first + bench.start(at: 1)) == Set(1...8))
    }

    @Test func retriesOfOneOriginDoNotStarveAnother() {
        var bench = ScheduleBench(total: 2, perOrigin: 2)
        for id in 1...2 { bench.add(Sample.ticket(Int64(id), to: "failing")) }
        #expect(bench.start() == [1, 2])
        for id in 1...2 { bench.fail(Int64(id), retryAfter: 0, at: 0) }
        bench.add(Sample.ticket(3, to: "good"))
        #expect(bench.start(at: 0).contains(3))
    }

    @Test func hangingLaneGetsOneSlot() {
        var bench = ScheduleBench(total: 100, perOrigin: 8)
        for id in 1...20 { bench.add(Sample.ticket(Int64(id), to: "hanging")) }
        #expect(bench.start().count == 8)
        for id in 1...8 { bench.fail(Int64(id), retryAfter: 60, timedOut: true, at: 10) }
        #expect(bench.start(at: 10) == [9])
        #expect(bench.start(at: 10) == [])
        #expect(bench.schedule.laneFigures().first?.isHanging == true)
        bench.fail(9, retryAfter: 60, timedOut: true, at: 20)
        #expect(bench.start(at: 20) == [10])
        bench.deliver(10)
        #expect(bench.start(at: 20).count == 8, "it answered")
    }

    @Test func answerOfAnErrorEndsTheHangingToo() {
        var bench = ScheduleBench(total: 100, perOrigin: 3)
        for id in 1...6 { bench.add(Sample.ticket(Int64(id))) }
        #expect(bench.start() == [1, 2, 3])
        bench.fail(1, retryAfter: 60, timedOut: true, at: 1)
        #expect(bench.start(at: 1) == [], "two others are still in flight")
        bench.fail(2, retryAfter: 60, at: 1)
        #expect(bench.start(at: 1) == [4, 5])
    }

    @Test func hundredHangingOriginsLeaveRoom() {
        var bench = ScheduleBench(total: 512, perOrigin: 8)
        var id: Int64 = 0
        for origin in 0..<100 {
            for _ in 0..<20 {
                id += 1
                bench.add(Sample.ticket(id, to: "hanging\(origin)"))
            }
        }
        let inFlight = bench.start()
        #expect(inFlight.count < 448, "an eighth is never theirs")
        bench.add(Sample.ticket(9_998, to: "new"))
        #expect(bench.start() == [9_998])
        for id in inFlight { bench.fail(id, retryAfter: 60, timedOut: true, at: 10) }
        #expect(bench.start(at: 10).count == 100)
        bench.add(Sample.ticket(9_999, to: "good"))
        #expect(bench.start(at: 10) == [9_999])
    }

    @Test func deliveryThatIsGoneFreesItsSlot() {
        var bench = ScheduleBench(total: 1, perOrigin: 1)
        bench.add(Sample.ticket(1))
        bench.add(Sample.ticket(2))
        #expect(bench.start() == [1])
        bench.schedule.withdraw(DeliveryID(1))
        #expect(bench.start() == [2])
    }

    @Test func unknownEndChangesNothing() {
        var bench = ScheduleBench(total: 1, perOrigin: 1)
        bench.add(Sample.ticket(1))
        #expect(bench.start() == [1])
        bench.schedule.end(DeliveryID(9), .delivered, leaving: .answering, now: bench.time(0))
        bench.schedule.withdraw(DeliveryID(9))
        #expect(bench.schedule.inFlightCount == 1)
        bench.deliver(1)
        bench.schedule.end(DeliveryID(1), .delivered, leaving: .answering, now: bench.time(0))
        #expect(bench.schedule.inFlightCount == 0)
    }

    @Test func emptyLaneCostsNothing() {
        var bench = ScheduleBench(total: 10, perOrigin: 2)
        for id in 1...1_000 {
            bench.add(Sample.ticket(Int64(id), to: "o\(id)"))
            #expect(bench.start() == [Int64(id)])
            bench.deliver(Int64(id))
        }
        #expect(bench.schedule.laneFigures().isEmpty)
    }

    @Test func figuresOfALane() {
        var bench = ScheduleBench(total: 10, perOrigin: 2)
        for id in 1...5 { bench.add(Sample.ticket(Int64(id))) }
        #expect(bench.start() == [1, 2])
        bench.fail(1, retryAfter: 9, at: 0)
        let lane = bench.schedule.laneFigures().first
        #expect(lane?.origin == Sample.origin())
        #expect(lane?.inFlight == 1)
        #expect(lane?.ready == 3)
        #expect(lane?.waiting == 1)
        #expect(lane?.isHanging == false)
    }

    @Test func figuresOfALaneWithAnOrderedWorkflow() {
        var bench = ScheduleBench(total: 10, perOrigin: 2)
        for id in 1...5 { bench.add(Sample.ticket(Int64(id), ordered: "w")) }
        #expect(bench.start() == [1])
        let lane = bench.schedule.laneFigures().first
        #expect(lane?.inFlight == 1 && lane?.ready == 0 && lane?.waiting == 0)
        #expect(lane?.behindHead == 4)
    }
}
