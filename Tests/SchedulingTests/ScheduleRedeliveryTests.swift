import Domain
import Scheduling
import TestSupport
import Testing

/// Failed deliveries that are pending again enter the schedule once, whatever their lanes have read.
@Suite struct ScheduleRedeliveryTests {
    private let origin = Sample.origin()

    private func harness(inMemory: Int = 1_024) -> ScheduleHarness {
        ScheduleHarness(limits: .init(maxInFlight: 100, maxInFlightPerOrigin: 2, maxInMemoryPerLane: inMemory))
    }

    private func again(_ id: Int64, ordered workflow: String? = nil, attempts: Int = 4) -> Ticket {
        var ticket = Sample.ticket(id, ordered: workflow)
        ticket.attempts = attempts
        ticket.attemptsBefore = attempts
        return ticket
    }

    @Test func aRedeliveryStartsAtOnceAlthoughNewerDeliveriesWereSent() {
        var harness = harness()
        for id in 1...2 { harness.add(Sample.ticket(Int64(id))) }
        #expect(harness.start() == [1, 2])
        harness.giveUp(1)
        harness.deliver(2)
        harness.schedule.redeliver(again(1))
        #expect(harness.start() == [1])
        #expect(harness.attempts(of: 1) == [0, 4])
        harness.deliver(1)
        #expect(harness.schedule.laneFigures().isEmpty)
    }

    @Test("An older delivery goes before those that wait in its ordered workflow, and after the one in flight")
    func ordered() {
        var harness = harness()
        for id in 1...3 { harness.add(Sample.ticket(Int64(id), ordered: "w")) }
        #expect(harness.start() == [1])
        harness.giveUp(1)
        #expect(harness.start() == [2])
        harness.schedule.redeliver(again(1, ordered: "w"))
        #expect(harness.start() == [])
        harness.fail(2, retryAfter: 1, at: 0)
        #expect(harness.start(at: 0) == [])
        #expect(harness.start(at: 1) == [2])
        harness.deliver(2)
        #expect(harness.start(at: 1) == [1])
        harness.deliver(1)
        #expect(harness.start(at: 1) == [3])
    }

    @Test("A redelivery that comes before its failure is reported starts afterwards", arguments: [nil, "w"])
    func beforeTheEnd(_ workflow: String?) {
        var harness = harness()
        harness.add(Sample.ticket(1, ordered: workflow))
        #expect(harness.start() == [1])
        for attempts in 1...3 {
            harness.schedule.redeliver(again(1, ordered: workflow, attempts: attempts))
            #expect(harness.start() == [])
            harness.giveUp(1)
            #expect(harness.start() == [1])
        }
        harness.deliver(1)
        #expect(harness.start() == [] && harness.schedule.laneFigures().isEmpty)
    }

    @Test("A redelivery beyond what its lane has read is read in its turn, and once")
    func unread() {
        var harness = harness(inMemory: 2)
        harness.schedule.recover(origin)
        harness.schedule.redeliver(again(5))
        let query = harness.schedule.takeRefills()
        #expect(query == [Refill(origin: origin, after: DeliveryID(0), limit: 2)])
        #expect(harness.start() == [])
        harness.schedule.refill(query[0], with: [(Sample.ticket(4), .zero), (again(5), .zero)], now: harness.time(0))
        #expect(Set(harness.start()) == [4, 5])
        harness.schedule.redeliver(again(5))
        harness.deliver(4)
        for query in harness.schedule.takeRefills() { harness.answer(query, with: []) }
        #expect(harness.start() == [], "the same redelivery is in flight already")
        harness.deliver(5)
        #expect(harness.schedule.laneFigures().isEmpty)
    }

    @Test("A redelivery during a query is held if the result lacks it", arguments: [[Int64](), [2], [2, 9], [5, 9]])
    func duringAQuery(_ found: [Int64]) {
        var harness = harness(inMemory: 2)
        harness.schedule.recover(origin)
        let query = harness.schedule.takeRefills()
        harness.schedule.redeliver(again(5))
        let result = found.map { ($0 == 5 ? again(5) : Sample.ticket($0), wait: Duration.zero) }
        harness.schedule.refill(query[0], with: result, now: harness.time(0))
        var started: [Int64] = []
        for _ in 0..<4 {
            let now = harness.start()
            started += now
            for id in now { harness.deliver(id) }
            for query in harness.schedule.takeRefills() { harness.answer(query, with: []) }
        }
        #expect(started.sorted() == (found + [5]).reduce(into: Set()) { $0.insert($1) }.sorted())
        #expect(harness.schedule.laneFigures().isEmpty)
    }

    /// An outbox in small: queries see what is pending when they begin; accepted and redelivered deliveries are pending
    /// before the schedule is told, and failures are recorded before they are reported.
    private struct World {
        var schedule: Schedule
        var random: SeededGenerator
        var pending: [DeliveryID: Ticket] = [:]
        var attempts: [DeliveryID: Int] = [:]
        var attemptsBefore: [DeliveryID: Int] = [:]
        var failed: Set<DeliveryID> = []
        var inFlight: Set<DeliveryID> = []
        /// Failures that are recorded, but not reported.
        var unreported: [DeliveryID] = []
        /// What the schedule is told later, in order.
        var untold: [(ticket: Ticket, isNew: Bool)] = []
        var queries: [(query: Refill, result: [Ticket])] = []
        var accepted = 0
        var redelivered = 0

        init(seed: UInt64, inMemory: Int) {
            random = SeededGenerator(seed: seed)
            schedule = Schedule(
                limits: .init(maxInFlight: 6, maxInFlightPerOrigin: 2, maxInMemoryPerLane: inMemory, maxInMemory: 40))
        }

        func ticket(_ id: DeliveryID) -> Ticket {
            let number = id.rawValue
            var ticket = Sample.ticket(number, to: "o\(number % 2)", ordered: number % 3 == 0 ? "w\(number % 2)" : nil)
            ticket.attempts = attempts[id] ?? 0
            ticket.attemptsBefore = attemptsBefore[id] ?? 0
            return ticket
        }

        mutating func accept() {
            guard accepted < 150 else { return }
            accepted += 1
            let ticket = ticket(DeliveryID(Int64(accepted)))
            pending[ticket.id] = ticket
            untold.append((ticket, true))
        }

        mutating func redeliver() {
            guard redelivered < 300, let id = failed.sorted().randomElement(using: &random) else { return }
            redelivered += 1
            failed.remove(id)
            attemptsBefore[id] = attempts[id]
            pending[id] = ticket(id)
            untold.append((ticket(id), false))
        }

        mutating func tell() {
            guard !untold.isEmpty else { return }
            let (ticket, isNew) = untold.removeFirst()
            if isNew { schedule.add(ticket) } else { schedule.redeliver(ticket) }
        }

        mutating func ask() {
            for query in schedule.takeRefills() {
                let found = pending.keys.filter { $0 > query.after && ticket($0).origin == query.origin }.sorted()
                queries.append((query, found.prefix(query.limit).map { ticket($0) }))
            }
        }

        mutating func answer() {
            guard let place = queries.indices.randomElement(using: &random) else { return }
            let (query, result) = queries.remove(at: place)
            schedule.refill(query, with: result.map { ($0, wait: .zero) }, now: MonotonicTime(.zero))
        }

        mutating func start() {
            for ticket in schedule.start(now: MonotonicTime(.zero)) {
                guard pending[ticket.id] != nil else {
                    schedule.withdraw(ticket.id)
                    continue
                }
                #expect(inFlight.insert(ticket.id).inserted, "started twice")
                #expect(ticket.attempts == attempts[ticket.id] ?? 0, "an attempt number is used twice")
                #expect(ticket.attemptsBefore == attemptsBefore[ticket.id] ?? 0)
                let workflow = inFlight.filter { self.ticket($0).orderedWorkflow == ticket.orderedWorkflow }
                #expect(ticket.orderedWorkflow == nil || workflow.count == 1, "two of an ordered workflow at a time")
            }
        }

        mutating func record() {
            let running = inFlight.subtracting(unreported)
            guard let id = running.sorted().randomElement(using: &random) else { return }
            attempts[id, default: 0] += 1
            pending[id] = nil
            if Bool.random(using: &random) {
                failed.insert(id)
                unreported.append(id)
            } else {
                inFlight.remove(id)
                schedule.end(id, .delivered, nil, timedOut: false, now: MonotonicTime(.zero))
            }
        }

        mutating func report() {
            guard !unreported.isEmpty else { return }
            let id = unreported.removeFirst()
            inFlight.remove(id)
            schedule.end(id, .failed(.http(500)), .http(500), timedOut: false, now: MonotonicTime(.zero))
        }

        mutating func step() {
            switch Int.random(in: 0..<16, using: &random) {
            case 0...1: accept()
            case 2...3: redeliver()
            case 4...6: tell()
            case 7...8: ask()
            case 9...10: answer()
            case 11...12: start()
            case 13...14: record()
            default: report()
            }
        }
    }

    @Test("Every redelivery is attempted, once and with its own number", arguments: 1...40 as ClosedRange<UInt64>)
    func nothingIsLostOrSentTwice(_ seed: UInt64) {
        var world = World(seed: seed, inMemory: [1, 2, 5, 1_000][Int(seed % 4)])
        for _ in 0..<3_000 { world.step() }
        for _ in 0..<20_000 where !world.pending.isEmpty || !world.inFlight.isEmpty {
            world.tell()
            world.ask()
            world.answer()
            world.start()
            world.record()
            world.report()
        }
        #expect(world.accepted == 150 && world.redelivered > 50)
        #expect(world.pending.isEmpty, "\(world.pending.count) were never attempted")
        while !world.untold.isEmpty { world.tell() }
        for _ in 0..<500 {
            world.ask()
            world.answer()
            world.start()
        }
        #expect(world.schedule.laneFigures().isEmpty)
    }
}
