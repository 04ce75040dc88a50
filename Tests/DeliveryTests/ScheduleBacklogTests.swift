import Delivery
import Events
import TestSupport
import Testing

/// A lane holds a window of its deliveries in memory; the rest stays in the outbox until there is room.
@Suite struct ScheduleBacklogTests {
    private let origin = Sample.origin()

    private func bench(window: Int, perOrigin: Int = 2) -> ScheduleBench {
        ScheduleBench(limits: .init(total: 100, perOrigin: perOrigin, window: window))
    }

    @Test func whatGoesBeyondTheWindowIsAskedForWhenThereIsRoom() {
        var bench = bench(window: 4)
        for id in 1...9 { bench.add(Sample.ticket(Int64(id))) }
        #expect(bench.schedule.laneFigures().first?.hasBacklog == true)
        #expect(bench.start() == [1, 2])
        #expect(bench.schedule.takeRefills() == [])
        bench.deliver(1)
        bench.deliver(2)
        let questions = bench.schedule.takeRefills()
        #expect(questions == [Schedule.Refill(origin: origin, after: DeliveryID(4), limit: 2)])
        #expect(bench.schedule.takeRefills() == [], "each is put once")
        bench.answer(questions[0], with: 5...6)
        #expect(bench.start() == [3, 4])
        bench.deliver(3)
        bench.deliver(4)
        #expect(bench.start() == [5, 6])
        let next = bench.schedule.takeRefills()
        #expect(next == [Schedule.Refill(origin: origin, after: DeliveryID(6), limit: 2)])
        bench.answer(next[0], with: 7...8)
        for id in 5...6 { bench.deliver(Int64(id)) }
        let last = bench.schedule.takeRefills()
        #expect(last == [Schedule.Refill(origin: origin, after: DeliveryID(8), limit: 2)])
        bench.answer(last[0], with: 9...9)
        #expect(bench.schedule.laneFigures().first?.hasBacklog == false)
        #expect(bench.start() == [7, 8])
        for id in 7...8 { bench.deliver(Int64(id)) }
        #expect(bench.start() == [9])
        bench.deliver(9)
        #expect(bench.schedule.laneFigures().isEmpty)
    }

    @Test func deliveryAcceptedWhileTheOutboxWasAskedIsNotMissed() {
        var bench = bench(window: 2)
        for id in 1...3 { bench.add(Sample.ticket(Int64(id))) }
        #expect(bench.start() == [1, 2])
        bench.deliver(1)
        bench.deliver(2)
        let question = bench.schedule.takeRefills()
        #expect(question == [Schedule.Refill(origin: origin, after: DeliveryID(2), limit: 2)])
        bench.add(Sample.ticket(4))
        bench.answer(question[0], with: 3...3)
        #expect(bench.start() == [3])
        let next = bench.schedule.takeRefills()
        #expect(next == [Schedule.Refill(origin: origin, after: DeliveryID(3), limit: 1)])
        bench.answer(next[0], with: 4...4)
        #expect(bench.start() == [4])
    }

    /// The outbox shows a delivery as soon as it is committed; the schedule hears of it a moment later.
    @Test("A delivery that the outbox showed before it was added is not sent twice")
    func deliveryShownBeforeItIsAdded() {
        var bench = bench(window: 4)
        for id in 1...5 { bench.add(Sample.ticket(Int64(id))) }
        #expect(bench.start() == [1, 2])
        for id in 1...2 { bench.deliver(Int64(id)) }
        #expect(bench.start() == [3, 4])
        bench.deliver(3)
        let question = bench.schedule.takeRefills()
        #expect(question == [Schedule.Refill(origin: origin, after: DeliveryID(4), limit: 3)])
        bench.answer(question[0], with: 5...6)
        bench.add(Sample.ticket(6))
        #expect(bench.start() == [5])
        bench.deliver(4)
        #expect(bench.start() == [6])
        for id in 5...6 { bench.deliver(Int64(id)) }
        #expect(bench.start() == [])
        #expect(bench.schedule.inFlightCount == 0)
        #expect(bench.schedule.laneFigures().isEmpty)
        bench.add(Sample.ticket(7))
        #expect(bench.start() == [7])
    }

    @Test("Nor if its lane was gone before it was added")
    func deliveryShownAndSentBeforeItIsAdded() {
        var bench = bench(window: 1, perOrigin: 1)
        for id in 1...2 { bench.add(Sample.ticket(Int64(id))) }
        #expect(bench.start() == [1])
        bench.deliver(1)
        let question = bench.schedule.takeRefills()
        bench.answer(question[0], with: 2...2)
        for id in 2...3 {
            #expect(bench.start() == [Int64(id)])
            bench.deliver(Int64(id))
            for question in bench.schedule.takeRefills() { bench.answer(question, with: id == 2 ? [3] : []) }
        }
        #expect(bench.schedule.laneFigures().isEmpty)
        bench.add(Sample.ticket(3))
        #expect(bench.start() == [])
    }

    @Test("A long ordered workflow keeps no other out of its lane's window")
    func longOrderedWorkflow() {
        var bench = bench(window: 4)
        for id in 1...20 { bench.add(Sample.ticket(Int64(id), ordered: "long")) }
        bench.add(Sample.ticket(21))
        bench.add(Sample.ticket(22, ordered: "short"))
        #expect(Set(bench.start()) == [1, 21])
        bench.deliver(21)
        #expect(bench.start() == [22])
        #expect(bench.schedule.laneFigures().first?.hasBacklog == false)
    }

    @Test("Nor does it take all the room of other origins")
    func longOrderedWorkflowLeavesRoomElsewhere() {
        var bench = ScheduleBench(limits: .init(total: 100, perOrigin: 2, window: 4, index: 40))
        for id in 1...100 { bench.add(Sample.ticket(Int64(id), ordered: "long")) }
        for id in 101...104 { bench.add(Sample.ticket(Int64(id), to: "b")) }
        #expect(bench.schedule.laneFigures().contains { $0.origin == Sample.origin("b") && !$0.hasBacklog })
        bench.add(Sample.ticket(105, to: "b"))
        let ready = bench.schedule.laneFigures().first { $0.origin == Sample.origin("b") }
        #expect(ready?.ready == 4 && ready?.hasBacklog == true, "the window of an ordinary lane")
    }

    @Test("The same when they are read from the outbox")
    func longOrderedWorkflowAfterARestart() {
        var bench = bench(window: 4)
        bench.schedule.recover(origin)
        let stored = (1...21).map { Sample.ticket(Int64($0), ordered: $0 == 21 ? nil : "long") }
        var started: [Int64] = []
        for _ in 0..<10 {
            for question in bench.schedule.takeRefills() {
                let found = stored.filter { $0.id > question.after }.prefix(question.limit)
                bench.schedule.refill(question, with: found.map { ($0, wait: .zero) }, now: bench.time(0))
            }
            started += bench.start()
        }
        #expect(Set(started) == [1, 21])
    }

    @Test("Deliveries that are being asked for count as held: many lanes do not fill memory at once")
    func manyRecoveredLanes() {
        var bench = ScheduleBench(limits: .init(total: 100, perOrigin: 2, window: 10, index: 50))
        for number in 1...100 { bench.schedule.recover(Sample.origin("o\(number)")) }
        let asked = bench.schedule.takeRefills().map(\.limit)
        #expect(asked.count == 100)
        #expect(asked.count { $0 == 10 } == 5)
        #expect(asked.count { $0 == 4 } == 95, "the others what they can start soon")
    }

    @Test func recoveredLaneAsksFromTheBeginning() {
        var bench = bench(window: 10)
        bench.schedule.recover(origin)
        bench.schedule.recover(Sample.origin("b"))
        let questions = bench.schedule.takeRefills()
        #expect(
            Set(questions) == [
                Schedule.Refill(origin: origin, after: DeliveryID(0), limit: 10),
                Schedule.Refill(origin: Sample.origin("b"), after: DeliveryID(0), limit: 10),
            ])
        for question in questions where question.origin == origin { bench.answer(question, with: 7...8) }
        for question in questions where question.origin != origin { bench.answer(question, with: []) }
        #expect(bench.start() == [7, 8])
        #expect(bench.schedule.laneFigures().count == 1, "nothing is left of the other")
    }

    @Test func recoveredRetryWaitsOutTheRestOfItsTime() {
        var bench = bench(window: 10)
        bench.schedule.recover(origin)
        let question = bench.schedule.takeRefills()
        var retry = Sample.ticket(1)
        retry.attempts = 2
        bench.schedule.refill(
            question[0], with: [(retry, wait: .seconds(3)), (Sample.ticket(2), wait: .zero)], now: bench.time(10))
        #expect(bench.start(at: 10) == [2])
        #expect(bench.schedule.nextDue == bench.time(13))
        #expect(bench.start(at: 13) == [1])
        #expect(bench.attempts(of: 1) == [2])
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

    @Test("However small the window, everything is sent once, in order of acceptance", arguments: [1, 2, 3, 7, 50])
    func everythingIsSent(_ window: Int) {
        var bench = bench(window: window, perOrigin: 1)
        var stored: [Int64] = []
        var sent: [Int64] = []
        for round in 0..<400 {
            if round < 100 {
                for _ in 0..<2 {
                    let id = Int64(stored.count + 1)
                    stored.append(id)
                    bench.add(Sample.ticket(id, ordered: id % 3 == 0 ? "w" : nil))
                }
            }
            for question in bench.schedule.takeRefills() {
                let found = stored.filter { $0 > question.after.rawValue && !sent.contains($0) }.prefix(question.limit)
                bench.schedule.refill(
                    question, with: found.map { (Sample.ticket($0, ordered: $0 % 3 == 0 ? "w" : nil), wait: .zero) },
                    now: bench.time(0))
            }
            for id in bench.start() {
                sent.append(id)
                bench.deliver(id)
            }
        }
        #expect(Set(sent) == Set(stored))
        #expect(sent.count == stored.count)
        #expect(sent.filter { $0 % 3 == 0 } == stored.filter { $0 % 3 == 0 })
        #expect(bench.schedule.laneFigures().isEmpty)
    }
}
