import Scheduling
import Domain
import TestSupport
import Testing

/// Ordered workflows: one delivery at a time, in sequence order.
@Suite struct ScheduleOrderTests {
    @Test func orderedDeliveriesAreSentOneAtATime() {
        var harness = ScheduleHarness(total: 100, perOrigin: 100)
        for id in 1...3 { harness.add(Sample.ticket(Int64(id), ordered: "w")) }
        #expect(harness.start() == [1])
        #expect(harness.start() == [])
        harness.deliver(1)
        #expect(harness.start() == [2])
        harness.deliver(2)
        #expect(harness.start() == [3])
        harness.deliver(3)
        harness.add(Sample.ticket(4, ordered: "w"))
        #expect(harness.start() == [4])
    }

    @Test func retryOfTheFirstDeliveryDelaysTheRest() {
        var harness = ScheduleHarness(total: 100, perOrigin: 100)
        for id in 1...2 { harness.add(Sample.ticket(Int64(id), ordered: "w")) }
        #expect(harness.start() == [1])
        harness.fail(1, retryAfter: 5, at: 0)
        #expect(harness.start(at: 4.9) == [])
        #expect(harness.start(at: 5) == [1])
        harness.giveUp(1)
        #expect(harness.start(at: 5) == [2], "a failed delivery is final, too")
    }

    @Test func workflowsDoNotWaitForEachOther() {
        var harness = ScheduleHarness(total: 100, perOrigin: 100)
        harness.add(Sample.ticket(1, ordered: "w"))
        harness.add(Sample.ticket(2, ordered: "w"))
        harness.add(Sample.ticket(3, ordered: "v"))
        harness.add(Sample.ticket(4))
        #expect(harness.start() == [1, 3, 4])
    }

    @Test func removedFirstDeliveryLetsTheNextStart() {
        var harness = ScheduleHarness(total: 100, perOrigin: 100)
        for id in 1...2 { harness.add(Sample.ticket(Int64(id), ordered: "w")) }
        #expect(harness.start() == [1])
        harness.schedule.withdraw(DeliveryID(1))
        #expect(harness.start() == [2])
    }

    @Test func orderIsKeptWhenTheWorkflowMovesToAnotherOrigin() {
        var harness = ScheduleHarness(total: 100, perOrigin: 1)
        harness.add(Sample.ticket(1, to: "old", ordered: "w"))
        harness.add(Sample.ticket(2, to: "new", ordered: "w"))
        harness.add(Sample.ticket(3, to: "new", ordered: "w"))
        expectOneByOne([1, 2, 3], &harness)
    }

    @Test func deliveryAddedOutOfOrderWaitsForItsPredecessor() {
        var harness = ScheduleHarness(total: 100, perOrigin: 100)
        for id in [2, 3] { harness.add(Sample.ticket(Int64(id), to: "new", ordered: "w")) }
        #expect(harness.start() == [2])
        harness.schedule.postpone(DeliveryID(2))
        #expect(harness.start() == [], "1 is in the outbox only")
        harness.add(Sample.ticket(1, to: "old", ordered: "w"))
        expectOneByOne([1, 2, 3], &harness)
    }

    @Test func predecessorAddedWhileItsSuccessorIsCheckedGoesFirst() {
        var harness = ScheduleHarness(total: 100, perOrigin: 100)
        harness.add(Sample.ticket(3, to: "new", ordered: "w"))
        #expect(harness.start() == [3])
        harness.add(Sample.ticket(2, to: "old", ordered: "w"))
        harness.add(Sample.ticket(1, to: "old", ordered: "w"))
        #expect(harness.start() == [])
        harness.schedule.postpone(DeliveryID(3))
        #expect(harness.start() == [1])
        harness.fail(1, retryAfter: 1, at: 0)
        #expect(harness.start(at: 0.5) == [])
        #expect(harness.start(at: 1) == [1])
        harness.giveUp(1)
        #expect(harness.start(at: 1) == [2])
        harness.deliver(2)
        #expect(harness.start(at: 1) == [3])
    }

    /// Expects the deliveries one by one, and an empty schedule afterwards.
    private func expectOneByOne(
        _ ids: [Int64], _ harness: inout ScheduleHarness, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        for id in ids {
            #expect(harness.start() == [id], sourceLocation: sourceLocation)
            harness.deliver(id)
        }
        #expect(harness.schedule.laneFigures().isEmpty, sourceLocation: sourceLocation)
    }
}
