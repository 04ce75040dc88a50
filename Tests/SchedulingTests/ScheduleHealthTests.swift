import Scheduling
import Domain
import TestSupport
import Testing

/// Origins that hang, fail, or were never heard of leave room for the others.
@Suite struct ScheduleHealthTests {
    @Test("However many new origins hang, an answering one finds a slot")
    func strangersLeaveRoom() {
        var harness = ScheduleHarness(total: 64, perOrigin: 8)
        harness.add(Sample.ticket(1, to: "good"))
        #expect(harness.start() == [1])
        harness.deliver(1)
        harness.add(Sample.ticket(2, to: "good"))
        for id in 100..<900 { harness.add(Sample.ticket(Int64(id), to: "o\(id % 100)")) }
        let started = harness.start()
        #expect(started.contains(2))
        #expect(started.count <= 56, "an eighth stays free for those that answer")
    }

    @Test("An origin that had nothing to do for a while is still known")
    func healthIsRemembered() {
        var harness = ScheduleHarness(total: 64, perOrigin: 8)
        harness.add(Sample.ticket(1, to: "good"))
        harness.add(Sample.ticket(2, to: "hanging"))
        for id in harness.start() {
            harness.schedule.end(
                DeliveryID(id), .failed(.timeout), timedOut: id == 2, now: harness.time(0))
        }
        #expect(harness.schedule.laneFigures().isEmpty)
        for id in 10..<20 { harness.add(Sample.ticket(Int64(id), to: "hanging")) }
        for id in 20..<30 { harness.add(Sample.ticket(Int64(id), to: "good")) }
        #expect(harness.start().count == 1 + 8)
        #expect(harness.schedule.isAnswering(Sample.origin("good")))
        #expect(!harness.schedule.isAnswering(Sample.origin("hanging")))
    }

    @Test("Only a timeout tells that an origin may hang")
    func timeouts() {
        #expect(ErrorClass.timeout.isTimeout == true)
        for error in [
            ErrorClass.http(500), .dnsError, .connectionReset, .connectionRefused, .tlsError, .protocolError,
            .responseTooLarge, .addressNotAllowed, .backlogFull,
        ] {
            #expect(error.isTimeout == false)
        }
        #expect(ErrorClass("of_a_later_version").isTimeout == nil)
    }

    @Test("Hanging origins together hold at most half of the slots")
    func hangingOriginsLeaveHalf() {
        var harness = ScheduleHarness(total: 16, perOrigin: 1)
        for id in 1...20 { harness.add(Sample.ticket(Int64(id), to: "h\(id)")) }
        for id in 1...20 { harness.add(Sample.ticket(Int64(100 + id), to: "h\(id)")) }
        var ended: Set<Int64> = []
        while ended.count < 40 {
            let started = harness.start()
            #expect(!started.isEmpty)
            for id in started {
                harness.schedule.end(DeliveryID(id), .failed(.timeout), timedOut: true, now: harness.time(0))
                ended.insert(id)
            }
            #expect(started.count { $0 > 100 } <= 8)
        }
    }

    @Test("A lane that fails for long is asked one at a time, with growing pauses, and at full speed after a success")
    func failingLaneSlowsDown() {
        var harness = ScheduleHarness(total: 100, perOrigin: 4)
        for id in 1...60 { harness.add(Sample.ticket(Int64(id), to: "a")) }
        for _ in 0..<8 { for id in harness.start() { harness.giveUp(id) } }
        #expect(harness.schedule.laneFigures().first?.state == .failing)
        var moment = 0.0
        for pause in [0.125, 0.25, 0.5, 1, 1, 1] {
            #expect(harness.start(at: moment + pause - 0.001) == [])
            #expect(harness.schedule.nextDue == harness.time(moment + pause))
            moment += pause
            let probe = harness.start(at: moment)
            #expect(probe.count == 1)
            harness.schedule.end(DeliveryID(probe[0]), .failed(.http(500)), timedOut: false, now: harness.time(moment))
        }
        let probe = harness.start(at: moment + 1)
        harness.deliver(probe[0])
        #expect(harness.start(at: moment + 1).count == 4)
        #expect(harness.schedule.laneFigures().first?.state == .answering)
    }

    @Test("A few failures slow nothing: retries go when they are due")
    func retriesOfOneDeliveryAreOnTime() {
        var harness = ScheduleHarness(total: 100, perOrigin: 4)
        for id in 1...7 { harness.add(Sample.ticket(Int64(id), to: "a")) }
        for moment in [0.0, 1, 3, 7] {
            var started: [Int64] = []
            while case let more = harness.start(at: moment), !more.isEmpty {
                started += more
                for id in more { harness.fail(id, retryAfter: moment + 1, at: moment) }
            }
            #expect(started.sorted() == Array(1...7))
        }
    }

    @Test("Origins share what is left, fairly, once half of the slots are taken")
    func slotsAreShared() {
        var harness = ScheduleHarness(total: 16, perOrigin: 8)
        for lane in 0..<4 { for id in 1...30 { harness.add(Sample.ticket(Int64(100 * lane + id), to: "o\(lane)")) } }
        for id in harness.start() { harness.deliver(id) }
        _ = harness.start()
        let inFlight = harness.schedule.laneFigures().map(\.inFlight)
        #expect(inFlight.reduce(0, +) >= 14)
        #expect(inFlight.allSatisfy { (3...4).contains($0) })
    }

    @Test("An origin that is alone has all its slots")
    func aloneAllSlotsAreUsed() {
        var harness = ScheduleHarness(total: 16, perOrigin: 16)
        for id in 1...40 { harness.add(Sample.ticket(Int64(id))) }
        #expect(harness.start().count == 14, "an eighth waits until it has answered")
        harness.deliver(1)
        #expect(harness.start().count == 3)
        #expect(harness.schedule.inFlightCount == 16)
    }

    @Test("A lane held back while much was in flight goes on when less is, though nothing of its own ended")
    func heldBackLaneLooksAgain() {
        let others = (1...62).map { "o\($0)" }
        var harness = ScheduleHarness(total: 64, perOrigin: 8)
        harness.prove(others + ["a"])
        harness.add(Sample.ticket(1, to: "a"))
        for (number, origin) in others.enumerated() { harness.add(Sample.ticket(Int64(100 + number), to: origin)) }
        #expect(harness.start().count == 63)
        for id in 2...5 { harness.add(Sample.ticket(Int64(id), to: "a")) }
        #expect(harness.start() == [], "one is all that it may have now")
        for number in others.indices { harness.deliver(Int64(100 + number)) }
        #expect(harness.start() == [2, 3, 4, 5])
    }

    @Test("So do many of them, in turn")
    func manyHeldBackLanes() {
        let held = (1...30).map { "h\($0)" }
        let others = (1...34).map { "o\($0)" }
        var harness = ScheduleHarness(total: 64, perOrigin: 8)
        harness.prove(held + others)
        for (number, origin) in (held + others).enumerated() { harness.add(Sample.ticket(Int64(number), to: origin)) }
        #expect(harness.start().count == 64)
        for (number, origin) in held.enumerated() {
            for more in 1...2 { harness.add(Sample.ticket(Int64(number + more * 100), to: origin)) }
        }
        #expect(harness.start() == [])
        for number in others.indices { harness.deliver(Int64(held.count + number)) }
        var started = harness.start()
        #expect(started.count >= 20, "two for each, and an end has eight lanes look again")
        for id in started.prefix(10) {
            harness.deliver(id)
            started += harness.start()
        }
        #expect(Set(started).isSuperset(of: 100..<130), "each has its second, though none of its own has ended")
    }

    @Test("However many new origins hang, one that comes later is asked soon, for they start at a pace")
    func newcomersAreAskedSoon() throws {
        var harness = ScheduleHarness(limits: .init(maxInFlight: 512, maxInFlightPerOrigin: 8, timeout: .seconds(10)))
        for id in 1...20_000 { harness.add(Sample.ticket(Int64(id), to: "h\(id)")) }
        #expect(harness.start().count == 129, "a quarter at once")
        let due = try #require(harness.schedule.nextDue?.sinceStart)
        #expect(due > .milliseconds(31) && due < .milliseconds(32), "10 s / 319 slots that are left")
        var now = 0.0
        var ends: [(id: Int64, at: Double)] = []
        for round in 1...50 {
            harness.add(Sample.ticket(Int64(100_000 + round), to: "new\(round)"))
            let came = now
            var started: [Int64] = []
            while !started.contains(Int64(100_000 + round)) {
                now += 0.01
                try #require(now - came < 0.5, "round \(round)")
                for (id, _) in ends.filter({ $0.at <= now }) {
                    harness.fail(id, retryAfter: 1_000, timedOut: true, at: now)
                }
                ends.removeAll { $0.at <= now }
                started = harness.start(at: now)
                ends += started.map { ($0, now + 10) }
            }
            harness.deliver(Int64(100_000 + round))
            ends.removeAll { $0.id == Int64(100_000 + round) }
        }
        #expect(harness.schedule.inFlightCount < 448)
    }

    @Test("The pace holds nobody up who answers, and ends with the crowd")
    func paceIsForThoseThatMayHang() {
        var harness = ScheduleHarness(limits: .init(maxInFlight: 64, maxInFlightPerOrigin: 8, timeout: .seconds(10)))
        harness.prove(["good"])
        for id in 1...40 { harness.add(Sample.ticket(Int64(id), to: "n\(id)")) }
        let strangers = harness.start()
        #expect(strangers.count == 17)
        for id in 101...108 { harness.add(Sample.ticket(Int64(id), to: "good")) }
        #expect(harness.start().allSatisfy { $0 > 100 })
        for id in strangers.prefix(3) { harness.deliver(id) }
        #expect(harness.start().count == 3, "again a quarter")
        #expect(harness.schedule.nextDue != nil)
    }

    @Test("An origin that answered before the start is known as answering")
    func outcomesAreRecalled() {
        var harness = ScheduleHarness(limits: .init(maxInFlight: 64, maxInFlightPerOrigin: 8, timeout: .seconds(10)))
        harness.schedule.recall(OriginOutcome(origin: Sample.origin("good"), state: .delivered, isRetrying: false))
        for id in 1...40 { harness.add(Sample.ticket(Int64(id), to: "n\(id)")) }
        #expect(harness.start().count == 17)
        harness.schedule.recover(Sample.origin("good"))
        #expect(harness.schedule.isAnswering(Sample.origin("good")))
        harness.add(Sample.ticket(100, to: "good"))
        let refill = harness.schedule.takeRefills()
        harness.schedule.refill(refill[0], with: [(Sample.ticket(100, to: "good"), wait: .zero)], now: harness.time(0))
        #expect(harness.start() == [100])
    }

    static let recalled: [(DeliveryState, isRetrying: Bool, OriginState)] = [
        (.delivered, false, .answering), (.failed(.http(500)), false, .answering), (.failed(.timeout), false, .hanging),
        (.delivered, true, .unknown), (.failed(.timeout), true, .unknown),
        (.failed(.unrecognized("of_a_later_version")), false, .unknown),
    ]

    @Test("What the last outcome from before the start says about an origin", arguments: recalled)
    func recalledState(_ state: DeliveryState, _ isRetrying: Bool, _ expected: OriginState) {
        var harness = ScheduleHarness(total: 64, perOrigin: 8)
        harness.schedule.recall(OriginOutcome(origin: Sample.origin(), state: state, isRetrying: isRetrying))
        harness.schedule.recover(Sample.origin())
        #expect(harness.schedule.laneFigures().map(\.state) == [expected])
    }
}
