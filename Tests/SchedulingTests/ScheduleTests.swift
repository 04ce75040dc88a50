import Domain
import Scheduling
import TestSupport
import Testing

@Suite struct ScheduleTests {
    @Test func lanesStartInTurn() {
        var harness = ScheduleHarness(total: 100, perOrigin: 100)
        for id in 1...4 { harness.add(Sample.ticket(Int64(id), to: "a")) }
        for id in 5...6 { harness.add(Sample.ticket(Int64(id), to: "b")) }
        harness.add(Sample.ticket(7, to: "c"))
        #expect(harness.start() == [1, 5, 7, 2, 6, 3, 4])
        #expect(harness.start() == [])
    }

    @Test func theNextStartContinuesWithTheNextLane() {
        var harness = ScheduleHarness(total: 2, perOrigin: 2)
        for id in 1...2 { harness.add(Sample.ticket(Int64(id), to: "a")) }
        for id in 3...4 { harness.add(Sample.ticket(Int64(id), to: "b")) }
        for id in 5...6 { harness.add(Sample.ticket(Int64(id), to: "c")) }
        #expect(harness.start() == [1, 3])
        harness.deliver(1)
        harness.deliver(3)
        #expect(Set(harness.start()) == [5, 2], "c had no start yet")
    }

    @Test func fullLaneDoesNotDelayOthers() {
        var harness = ScheduleHarness(total: 100, perOrigin: 2)
        for id in 1...50 { harness.add(Sample.ticket(Int64(id), to: "slow")) }
        #expect(harness.start() == [1, 2])
        harness.add(Sample.ticket(51, to: "quick"))
        #expect(harness.start() == [51])
        harness.deliver(1)
        #expect(harness.start() == [3])
    }

    @Test func totalIsNeverExceeded() {
        var harness = ScheduleHarness(total: 3, perOrigin: 2)
        for id in 1...9 { harness.add(Sample.ticket(Int64(id), to: "o\(id)")) }
        #expect(harness.start() == [1, 2, 3])
        #expect(harness.start() == [])
        harness.deliver(2)
        #expect(harness.start() == [4])
        #expect(harness.schedule.inFlightCount == 3)
    }

    @Test func waitingRetryHoldsNoSlot() {
        var harness = ScheduleHarness(total: 1, perOrigin: 1)
        harness.add(Sample.ticket(1, to: "a"))
        harness.add(Sample.ticket(2, to: "a"))
        #expect(harness.start() == [1])
        harness.fail(1, retryAfter: 4, at: 0)
        #expect(harness.schedule.inFlightCount == 0)
        #expect(harness.schedule.nextDue == harness.time(4))
        #expect(harness.start(at: 0) == [2])
        harness.deliver(2)
        #expect(harness.start(at: 3.999) == [])
        #expect(harness.start(at: 4) == [1])
        #expect(harness.schedule.nextDue == nil)
        #expect(harness.attempts(of: 1) == [0, 1])
    }

    @Test func retriesStartInOrderOfTheirDueTimes() {
        var harness = ScheduleHarness(total: 10, perOrigin: 10)
        for id in 1...3 { harness.add(Sample.ticket(Int64(id))) }
        #expect(harness.start() == [1, 2, 3])
        harness.fail(1, retryAfter: 9, at: 0)
        harness.fail(2, retryAfter: 3, at: 0)
        harness.fail(3, retryAfter: 6, at: 0)
        #expect(harness.schedule.nextDue == harness.time(3))
        #expect(harness.start(at: 6) == [2, 3])
        #expect(harness.start(at: 9) == [1])
    }

    @Test func retriesAndFirstAttemptsDoNotStarveEachOther() {
        var harness = ScheduleHarness(total: 4, perOrigin: 4)
        for id in 1...4 { harness.add(Sample.ticket(Int64(id))) }
        #expect(harness.start() == [1, 2, 3, 4])
        for id in 1...4 { harness.fail(Int64(id), retryAfter: 1, at: 0) }
        for id in 5...8 { harness.add(Sample.ticket(Int64(id))) }
        let first = harness.start(at: 1)
        #expect(Set(first).intersection(1...4).count == 2)
        #expect(Set(first).intersection(5...8).count == 2)
        for id in first { harness.deliver(id) }
        #expect(Set(first + harness.start(at: 1)) == Set(1...8))
    }

    @Test func retriesOfOneOriginDoNotStarveAnother() {
        var harness = ScheduleHarness(total: 2, perOrigin: 2)
        for id in 1...2 { harness.add(Sample.ticket(Int64(id), to: "failing")) }
        #expect(harness.start() == [1, 2])
        for id in 1...2 { harness.fail(Int64(id), retryAfter: 0, at: 0) }
        harness.add(Sample.ticket(3, to: "good"))
        #expect(harness.start(at: 0).contains(3))
    }

    @Test func hangingLaneGetsOneSlot() {
        var harness = ScheduleHarness(total: 100, perOrigin: 8)
        for id in 1...20 { harness.add(Sample.ticket(Int64(id), to: "hanging")) }
        #expect(harness.start().count == 8)
        for id in 1...8 { harness.fail(Int64(id), retryAfter: 60, timedOut: true, at: 10) }
        #expect(harness.start(at: 10) == [9])
        #expect(harness.start(at: 10) == [])
        #expect(harness.schedule.laneFigures().first?.state == .hanging)
        harness.fail(9, retryAfter: 60, timedOut: true, at: 20)
        #expect(harness.start(at: 20) == [10])
        harness.deliver(10)
        #expect(harness.start(at: 20).count == 8, "it answered")
    }

    @Test func anErrorAnswerEndsTheHangingState() {
        var harness = ScheduleHarness(total: 100, perOrigin: 3)
        for id in 1...6 { harness.add(Sample.ticket(Int64(id))) }
        #expect(harness.start() == [1, 2, 3])
        harness.fail(1, retryAfter: 60, timedOut: true, at: 1)
        #expect(harness.start(at: 1) == [], "two others are still in flight")
        harness.fail(2, retryAfter: 60, at: 1)
        #expect(harness.start(at: 1) == [4, 5])
    }

    @Test func hundredHangingOriginsLeaveRoom() {
        var harness = ScheduleHarness(total: 512, perOrigin: 8)
        var id: Int64 = 0
        for origin in 0..<100 {
            for _ in 0..<20 {
                id += 1
                harness.add(Sample.ticket(id, to: "hanging\(origin)"))
            }
        }
        let inFlight = harness.start()
        #expect(inFlight.count < 448, "hanging origins never use the last eighth")
        harness.add(Sample.ticket(9_998, to: "new"))
        #expect(harness.start() == [9_998])
        for id in inFlight { harness.fail(id, retryAfter: 60, timedOut: true, at: 10) }
        #expect(harness.start(at: 10).count == 100)
        harness.add(Sample.ticket(9_999, to: "good"))
        #expect(harness.start(at: 10) == [9_999])
    }

    @Test func removedDeliveryFreesItsSlot() {
        var harness = ScheduleHarness(total: 1, perOrigin: 1)
        harness.add(Sample.ticket(1))
        harness.add(Sample.ticket(2))
        #expect(harness.start() == [1])
        harness.schedule.withdraw(DeliveryID(1))
        #expect(harness.start() == [2])
    }

    @Test("The end of an attempt that is not in flight is a defect, and traps")
    func unknownEndTraps() async {
        await #expect(processExitsWith: .failure) {
            var schedule = Schedule(limits: .init(maxInFlight: 1, maxInFlightPerOrigin: 1))
            schedule.withdraw(DeliveryID(9))
        }
    }

    @Test func emptyLaneIsRemoved() {
        var harness = ScheduleHarness(total: 10, perOrigin: 2)
        for id in 1...1_000 {
            harness.add(Sample.ticket(Int64(id), to: "o\(id)"))
            #expect(harness.start() == [Int64(id)])
            harness.deliver(Int64(id))
        }
        #expect(harness.schedule.laneFigures().isEmpty)
    }

    @Test func figuresOfALane() {
        var harness = ScheduleHarness(total: 10, perOrigin: 2)
        for id in 1...5 { harness.add(Sample.ticket(Int64(id))) }
        #expect(harness.start() == [1, 2])
        harness.fail(1, retryAfter: 9, at: 0)
        let lane = harness.schedule.laneFigures().first
        #expect(lane?.origin == Sample.origin())
        #expect(lane?.inFlight == 1)
        #expect(lane?.ready == 3)
        #expect(lane?.waiting == 1)
        #expect(lane?.state == .answering)
    }

    @Test func figuresOfALaneWithAnOrderedWorkflow() {
        var harness = ScheduleHarness(total: 10, perOrigin: 2)
        for id in 1...5 { harness.add(Sample.ticket(Int64(id), ordered: "w")) }
        #expect(harness.start() == [1])
        let lane = harness.schedule.laneFigures().first
        #expect(lane?.inFlight == 1 && lane?.ready == 0 && lane?.waiting == 0)
        #expect(lane?.behindHead == 4)
    }
}
