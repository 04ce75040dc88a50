import Domain
import Scheduling
import TestSupport
import Testing

/// For any sequence of events, no delivery is lost or started twice at a time, and no limit is exceeded.
@Suite struct SchedulePropertyTests {
    private struct World {
        let limits = Schedule.Limits(maxInFlight: 12, maxInFlightPerOrigin: 4, maxBytesInFlight: 4_000)
        var schedule: Schedule
        var random: SeededGenerator
        var now = 0.0
        var tickets: [DeliveryID: Ticket] = [:]
        var inFlight: [DeliveryID: Ticket] = [:]
        var unrecorded: [(DeliveryID, Verdict, MonotonicTime)] = []
        var waiting: [DeliveryID: Double] = [:]
        /// Until when receivers asked for no attempt.
        var paused: [Origin: Double] = [:]
        var final: Set<DeliveryID> = []
        /// The order in which ordered workflows saw their first attempts.
        var firstAttempts: [CorrelationID: [DeliveryID]] = [:]

        init(seed: UInt64) {
            random = SeededGenerator(seed: seed)
            schedule = Schedule(limits: limits)
        }

        mutating func add() {
            let id = Int64(tickets.count + 1)
            let workflow = Int.random(in: 0..<3, using: &random)
            let ticket = Sample.ticket(
                id, to: "o\(Int.random(in: 0..<5, using: &random))", ordered: workflow == 0 ? nil : "w\(workflow)",
                bytes: Int.random(in: 0..<20, using: &random) == 0 ? 5_000 : Int.random(in: 0...900, using: &random))
            tickets[ticket.id] = ticket
            schedule.add(ticket)
        }

        mutating func start() {
            for ticket in schedule.start(now: MonotonicTime(.seconds(now))) {
                #expect(inFlight[ticket.id] == nil, "started twice")
                #expect(!final.contains(ticket.id), "started after it was final")
                let due = waiting.removeValue(forKey: ticket.id) ?? 0
                #expect(due <= now, "started before its retry was due")
                #expect(paused[ticket.origin] ?? 0 <= now, "started in a pause that its receiver asked for")
                if let workflow = ticket.orderedWorkflow {
                    let unfinished = Array(inFlight.keys) + Array(waiting.keys) + unrecorded.map(\.0)
                    let isFree = !unfinished.contains { tickets[$0]?.orderedWorkflow == workflow }
                    #expect(isFree, "started before its predecessor was final")
                    if ticket.attempts == 0 { firstAttempts[workflow, default: []].append(ticket.id) }
                }
                inFlight[ticket.id] = ticket
                let lane = inFlight.values.filter { $0.origin == ticket.origin }
                let bytes = inFlight.values.map(\.bodyBytes).reduce(0, +)
                let laneBytes = lane.map(\.bodyBytes).reduce(0, +)
                #expect(inFlight.count <= limits.maxInFlight && lane.count <= limits.maxInFlightPerOrigin)
                #expect(bytes <= limits.maxBytesInFlight || inFlight.count == 1)
                #expect(laneBytes <= limits.maxBytesInFlight / 4 || lane.count == 1)
            }
            #expect(schedule.inFlightCount == inFlight.count)
        }

        mutating func end() {
            guard let id = inFlight.keys.sorted().randomElement(using: &random) else { return }
            if Int.random(in: 0..<6, using: &random) == 0 { pause(id) }
            inFlight[id] = nil
            let timedOut = Int.random(in: 0..<4, using: &random) == 0
            let clock = MonotonicTime(.seconds(now))
            switch Int.random(in: 0..<5, using: &random) {
            case 0, 1:
                let wait = Double(Int.random(in: 0...8, using: &random))
                waiting[id] = now + wait
                end(id, .retry(after: .seconds(wait)), .timeout, timedOut: timedOut, clock)
            case 2:
                final.insert(id)
                schedule.withdraw(id)
            default:
                end(
                    id, timedOut ? .failed(.timeout) : .delivered, timedOut ? .timeout : nil, timedOut: timedOut, clock)
            }
        }

        private mutating func end(
            _ id: DeliveryID, _ verdict: Verdict, _ error: ErrorClass?, timedOut: Bool, _ clock: MonotonicTime
        ) {
            schedule.attemptEnded(id, error, timedOut: timedOut, now: clock)
            unrecorded.append((id, verdict, clock))
        }

        /// Records some of the attempts that have ended.
        mutating func record() {
            unrecorded.shuffle(using: &random)
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                guard let (id, verdict, end) = unrecorded.popLast() else { return }
                if case .retry = verdict {} else { final.insert(id) }
                schedule.recorded(id, verdict, endedAt: end)
            }
        }

        mutating func pause(_ id: DeliveryID) {
            guard let origin = inFlight[id]?.origin else { return }
            let wait = Double(Int.random(in: 1...6, using: &random))
            paused[origin] = max(paused[origin] ?? 0, now + wait)
            schedule.pause(origin, for: .seconds(wait), now: MonotonicTime(.seconds(now)))
        }

        mutating func step() {
            switch Int.random(in: 0..<10, using: &random) {
            case 0...2: if tickets.count < 400 { add() }
            case 3...5: end()
            case 6: now += 1
            case 7: record()
            default: start()
            }
        }
    }

    @Test(arguments: 1...30 as ClosedRange<UInt64>)
    func nothingIsLost(_ seed: UInt64) {
        var world = World(seed: seed)
        for _ in 0..<2_000 { world.step() }
        var rounds = 0
        while world.final.count < world.tickets.count, rounds < 20_000 {
            world.start()
            world.end()
            world.record()
            world.now += 1
            rounds += 1
        }
        #expect(world.final.count == world.tickets.count, "\(world.tickets.count - world.final.count) never ended")
        world.now += 10
        world.start()  // ends the last pauses
        #expect(world.schedule.laneFigures().isEmpty)
        #expect(world.schedule.nextDue == nil)
        for order in world.firstAttempts.values { #expect(order == order.sorted()) }
    }
}
