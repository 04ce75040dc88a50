import Delivery
import Events
import TestSupport
import Testing

/// Ordered workflows: one delivery at a time, in sequence order.
@Suite struct ScheduleOrderTests {
    @Test func oneAtATime() {
        var bench = ScheduleBench(total: 100, perOrigin: 100)
        for id in 1...3 { bench.add(Sample.ticket(Int64(id), ordered: "w")) }
        #expect(bench.start() == [1])
        #expect(bench.start() == [])
        bench.deliver(1)
        #expect(bench.start() == [2])
        bench.deliver(2)
        #expect(bench.start() == [3])
        bench.deliver(3)
        bench.add(Sample.ticket(4, ordered: "w"))
        #expect(bench.start() == [4])
    }

    @Test func retryOfTheHeadHoldsTheRestBack() {
        var bench = ScheduleBench(total: 100, perOrigin: 100)
        for id in 1...2 { bench.add(Sample.ticket(Int64(id), ordered: "w")) }
        #expect(bench.start() == [1])
        bench.fail(1, retryAfter: 5, at: 0)
        #expect(bench.start(at: 4.9) == [])
        #expect(bench.start(at: 5) == [1])
        bench.giveUp(1)
        #expect(bench.start(at: 5) == [2], "failed for good is final too")
    }

    @Test func workflowsDoNotWaitForEachOther() {
        var bench = ScheduleBench(total: 100, perOrigin: 100)
        bench.add(Sample.ticket(1, ordered: "w"))
        bench.add(Sample.ticket(2, ordered: "w"))
        bench.add(Sample.ticket(3, ordered: "v"))
        bench.add(Sample.ticket(4))
        #expect(bench.start() == [1, 3, 4])
    }

    @Test func headThatIsGoneLetsTheNextGo() {
        var bench = ScheduleBench(total: 100, perOrigin: 100)
        for id in 1...2 { bench.add(Sample.ticket(Int64(id), ordered: "w")) }
        #expect(bench.start() == [1])
        bench.schedule.withdraw(DeliveryID(1))
        #expect(bench.start() == [2])
    }

    @Test func orderHoldsWhereTheWorkflowMovedToAnotherOrigin() {
        var bench = ScheduleBench(total: 100, perOrigin: 1)
        bench.add(Sample.ticket(1, to: "old", ordered: "w"))
        bench.add(Sample.ticket(2, to: "new", ordered: "w"))
        bench.add(Sample.ticket(3, to: "new", ordered: "w"))
        expectOneByOne([1, 2, 3], &bench)
    }

    @Test func deliveryThatCameInTooEarlyWaitsForTheOneBeforeIt() {
        var bench = ScheduleBench(total: 100, perOrigin: 100)
        for id in [2, 3] { bench.add(Sample.ticket(Int64(id), to: "new", ordered: "w")) }
        #expect(bench.start() == [2])
        bench.schedule.postpone(DeliveryID(2))
        #expect(bench.start() == [], "1 is in the outbox only")
        bench.add(Sample.ticket(1, to: "old", ordered: "w"))
        expectOneByOne([1, 2, 3], &bench)
    }

    @Test func predecessorThatComesWhileItsSuccessorIsLookedAtGoesFirst() {
        var bench = ScheduleBench(total: 100, perOrigin: 100)
        bench.add(Sample.ticket(3, to: "new", ordered: "w"))
        #expect(bench.start() == [3])
        bench.add(Sample.ticket(2, to: "old", ordered: "w"))
        bench.add(Sample.ticket(1, to: "old", ordered: "w"))
        #expect(bench.start() == [])
        bench.schedule.postpone(DeliveryID(3))
        #expect(bench.start() == [1])
        bench.fail(1, retryAfter: 1, at: 0)
        #expect(bench.start(at: 0.5) == [])
        #expect(bench.start(at: 1) == [1])
        bench.giveUp(1)
        #expect(bench.start(at: 1) == [2])
        bench.deliver(2)
        #expect(bench.start(at: 1) == [3])
    }

    /// Nothing is left afterwards.
    private func expectOneByOne(
        _ ids: [Int64], _ bench: inout ScheduleBench, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        for id in ids {
            #expect(bench.start() == [id], sourceLocation: sourceLocation)
            bench.deliver(id)
        }
        #expect(bench.schedule.laneFigures().isEmpty, sourceLocation: sourceLocation)
    }
}
