import Domain
import Scheduling
import TestSupport
import Testing

/// A lane holds up to its in-memory limit of deliveries; the rest stays in the outbox until there is room.
@Suite struct ScheduleBacklogTests {
    private let origin = Sample.origin()

    private func harness(inMemory: Int, perOrigin: Int = 2) -> ScheduleHarness {
        ScheduleHarness(limits: .init(maxInFlight: 100, maxInFlightPerOrigin: perOrigin, maxInMemoryPerLane: inMemory))
    }

    @Test func deliveriesBeyondTheInMemoryLimitAreQueriedWhenThereIsRoom() {
        var harness = harness(inMemory: 4)
        for id in 1...9 { harness.add(Sample.ticket(Int64(id))) }
        #expect(harness.schedule.laneFigures().first?.hasBacklog == true)
        #expect(harness.start() == [1, 2])
        #expect(harness.schedule.takeRefills() == [])
        harness.deliver(1)
        harness.deliver(2)
        let queries = harness.schedule.takeRefills()
        #expect(queries == [Refill(origin: origin, after: DeliveryID(4), limit: 2)])
        #expect(harness.schedule.takeRefills() == [], "each query is made once")
        harness.answer(queries[0], with: 5...6)
        #expect(harness.start() == [3, 4])
        harness.deliver(3)
        harness.deliver(4)
        #expect(harness.start() == [5, 6])
        let next = harness.schedule.takeRefills()
        #expect(next == [Refill(origin: origin, after: DeliveryID(6), limit: 2)])
        harness.answer(next[0], with: 7...8)
        for id in 5...6 { harness.deliver(Int64(id)) }
        let last = harness.schedule.takeRefills()
        #expect(last == [Refill(origin: origin, after: DeliveryID(8), limit: 2)])
        harness.answer(last[0], with: 9...9)
        #expect(harness.schedule.laneFigures().first?.hasBacklog == false)
        #expect(harness.start() == [7, 8])
        for id in 7...8 { harness.deliver(Int64(id)) }
        #expect(harness.start() == [9])
        harness.deliver(9)
        #expect(harness.schedule.laneFigures().isEmpty)
    }

    @Test func deliveryAcceptedDuringAQueryIsNotMissed() {
        var harness = harness(inMemory: 2)
        for id in 1...3 { harness.add(Sample.ticket(Int64(id))) }
        #expect(harness.start() == [1, 2])
        harness.deliver(1)
        harness.deliver(2)
        let query = harness.schedule.takeRefills()
        #expect(query == [Refill(origin: origin, after: DeliveryID(2), limit: 2)])
        harness.add(Sample.ticket(4))
        harness.answer(query[0], with: 3...3)
        #expect(harness.start() == [3])
        let next = harness.schedule.takeRefills()
        #expect(next == [Refill(origin: origin, after: DeliveryID(3), limit: 1)])
        harness.answer(next[0], with: 4...4)
        #expect(harness.start() == [4])
    }

    /// A query finds a delivery as soon as it is committed; the delivery is added to the schedule a moment later.
    @Test("A delivery that a query returned before it was added is not sent twice")
    func deliveryShownBeforeItIsAdded() {
        var harness = harness(inMemory: 4)
        for id in 1...5 { harness.add(Sample.ticket(Int64(id))) }
        #expect(harness.start() == [1, 2])
        for id in 1...2 { harness.deliver(Int64(id)) }
        #expect(harness.start() == [3, 4])
        harness.deliver(3)
        let query = harness.schedule.takeRefills()
        #expect(query == [Refill(origin: origin, after: DeliveryID(4), limit: 3)])
        harness.answer(query[0], with: 5...6)
        harness.add(Sample.ticket(6))
        #expect(harness.start() == [5])
        harness.deliver(4)
        #expect(harness.start() == [6])
        for id in 5...6 { harness.deliver(Int64(id)) }
        #expect(harness.start() == [])
        #expect(harness.schedule.inFlightCount == 0)
        #expect(harness.schedule.laneFigures().isEmpty)
        harness.add(Sample.ticket(7))
        #expect(harness.start() == [7])
    }

    @Test("A delivery is not sent twice if its lane was removed before it was added")
    func deliveryShownAndSentBeforeItIsAdded() {
        var harness = harness(inMemory: 1, perOrigin: 1)
        for id in 1...2 { harness.add(Sample.ticket(Int64(id))) }
        #expect(harness.start() == [1])
        harness.deliver(1)
        let query = harness.schedule.takeRefills()
        harness.answer(query[0], with: 2...2)
        for id in 2...3 {
            #expect(harness.start() == [Int64(id)])
            harness.deliver(Int64(id))
            for query in harness.schedule.takeRefills() { harness.answer(query, with: id == 2 ? [3] : []) }
        }
        #expect(harness.schedule.laneFigures().isEmpty)
        harness.add(Sample.ticket(3))
        #expect(harness.start() == [])
    }

    @Test("A long ordered workflow does not fill the in-memory limit of its lane")
    func longOrderedWorkflow() {
        var harness = harness(inMemory: 4)
        for id in 1...20 { harness.add(Sample.ticket(Int64(id), ordered: "long")) }
        harness.add(Sample.ticket(21))
        harness.add(Sample.ticket(22, ordered: "short"))
        #expect(Set(harness.start()) == [1, 21])
        harness.deliver(21)
        #expect(harness.start() == [22])
        #expect(harness.schedule.laneFigures().first?.hasBacklog == false)
    }

    @Test("A long ordered workflow leaves room in memory for other origins")
    func longOrderedWorkflowLeavesRoomElsewhere() {
        var harness = ScheduleHarness(
            limits: .init(maxInFlight: 100, maxInFlightPerOrigin: 2, maxInMemoryPerLane: 4, maxInMemory: 40))
        for id in 1...100 { harness.add(Sample.ticket(Int64(id), ordered: "long")) }
        for id in 101...104 { harness.add(Sample.ticket(Int64(id), to: "b")) }
        #expect(harness.schedule.laneFigures().contains { $0.origin == Sample.origin("b") && !$0.hasBacklog })
        harness.add(Sample.ticket(105, to: "b"))
        let ready = harness.schedule.laneFigures().first { $0.origin == Sample.origin("b") }
        #expect(ready?.ready == 4 && ready?.hasBacklog == true, "the in-memory limit of an ordinary lane")
    }

    @Test("A long ordered workflow leaves room for others after a restart")
    func longOrderedWorkflowAfterARestart() {
        var harness = harness(inMemory: 4)
        harness.schedule.recover(origin)
        let stored = (1...21).map { Sample.ticket(Int64($0), ordered: $0 == 21 ? nil : "long") }
        var started: [Int64] = []
        for _ in 0..<10 {
            for query in harness.schedule.takeRefills() {
                let found = stored.filter { $0.id > query.after }.prefix(query.limit)
                harness.schedule.refill(query, with: found.map { ($0, wait: .zero) }, now: harness.time(0))
            }
            started += harness.start()
        }
        #expect(Set(started) == [1, 21])
    }

    @Test("Deliveries of open queries count towards the in-memory limit, so many lanes do not fill memory")
    func manyRecoveredLanes() {
        var harness = ScheduleHarness(
            limits: .init(maxInFlight: 100, maxInFlightPerOrigin: 2, maxInMemoryPerLane: 10, maxInMemory: 50))
        for number in 1...100 { harness.schedule.recover(Sample.origin("o\(number)")) }
        let asked = harness.schedule.takeRefills().map(\.limit)
        #expect(asked.count == 100)
        #expect(asked.count { $0 == 10 } == 5)
        #expect(asked.count { $0 == 4 } == 95, "the other lanes ask for what they can start soon")
    }

    @Test func recoveredLaneQueriesFromTheFirstDelivery() {
        var harness = harness(inMemory: 10)
        harness.schedule.recover(origin)
        harness.schedule.recover(Sample.origin("b"))
        let queries = harness.schedule.takeRefills()
        #expect(
            Set(queries) == [
                Refill(origin: origin, after: DeliveryID(0), limit: 10),
                Refill(origin: Sample.origin("b"), after: DeliveryID(0), limit: 10),
            ])
        for query in queries where query.origin == origin { harness.answer(query, with: 7...8) }
        for query in queries where query.origin != origin { harness.answer(query, with: []) }
        #expect(harness.start() == [7, 8])
        #expect(harness.schedule.laneFigures().count == 1, "the other lane was removed")
    }

    @Test func recoveredRetryWaitsForTheRestOfItsDelay() {
        var harness = harness(inMemory: 10)
        harness.schedule.recover(origin)
        let query = harness.schedule.takeRefills()
        var retry = Sample.ticket(1)
        retry.attempts = 2
        harness.schedule.refill(
            query[0], with: [(retry, wait: .seconds(3)), (Sample.ticket(2), wait: .zero)], now: harness.time(10))
        #expect(harness.start(at: 10) == [2])
        #expect(harness.schedule.nextDue == harness.time(13))
        #expect(harness.start(at: 13) == [1])
        #expect(harness.attempts(of: 1) == [2])
    }

    static let waits: [(next: Duration?, wait: Duration)] = [
        (nil, .zero), (.seconds(5), .seconds(5)), (.zero, .zero), (.seconds(-5), .zero), (.seconds(60), .seconds(60)),
        (.seconds(61), .seconds(60)), (.seconds(86_400), .seconds(60)),
    ]

    @Test("After a restart a remaining wait is clamped to 0…max-delay", arguments: waits)
    func remainingWait(_ next: Duration?, _ wait: Duration) {
        let pending = PendingTicket(ticket: Sample.ticket(1), nextAttemptAt: next.map { Sample.noon + $0 })
        #expect(pending.remainingWait(now: Sample.noon, atMost: .seconds(60)) == wait)
    }

    @Test("With any in-memory limit, everything is sent once, in order of acceptance", arguments: [1, 2, 3, 7, 50])
    func everythingIsSent(_ inMemory: Int) {
        var harness = harness(inMemory: inMemory, perOrigin: 1)
        var stored: [Int64] = []
        var sent: [Int64] = []
        for round in 0..<400 {
            if round < 100 {
                for _ in 0..<2 {
                    let id = Int64(stored.count + 1)
                    stored.append(id)
                    harness.add(Sample.ticket(id, ordered: id % 3 == 0 ? "w" : nil))
                }
            }
            for query in harness.schedule.takeRefills() {
                let found = stored.filter { $0 > query.after.rawValue && !sent.contains($0) }.prefix(query.limit)
                harness.schedule.refill(
                    query, with: found.map { (Sample.ticket($0, ordered: $0 % 3 == 0 ? "w" : nil), wait: .zero) },
                    now: harness.time(0))
            }
            for id in harness.start() {
                sent.append(id)
                harness.deliver(id)
            }
        }
        #expect(Set(sent) == Set(stored))
        #expect(sent.count == stored.count)
        #expect(sent.filter { $0 % 3 == 0 } == stored.filter { $0 % 3 == 0 })
        #expect(harness.schedule.laneFigures().isEmpty)
    }
}
