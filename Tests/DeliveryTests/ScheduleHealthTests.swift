import Delivery
import Events
import TestSupport
import Testing

/// Origins that hang, fail, or were never heard of leave room for the others.
@Suite struct ScheduleHealthTests {
    @Test("However many new origins hang, an answering one finds a slot")
    func strangersLeaveRoom() {
        var bench = ScheduleBench(total: 64, perOrigin: 8)
        bench.add(Sample.ticket(1, to: "good"))
        #expect(bench.start() == [1])
        bench.deliver(1)
        bench.add(Sample.ticket(2, to: "good"))
        for id in 100..<900 { bench.add(Sample.ticket(Int64(id), to: "o\(id % 100)")) }
        let started = bench.start()
        #expect(started.contains(2))
        #expect(started.count <= 56, "an eighth stays free for those that answer")
    }

    @Test("An origin that had nothing to do for a while is still known")
    func healthIsRemembered() {
        var bench = ScheduleBench(total: 64, perOrigin: 8)
        bench.add(Sample.ticket(1, to: "good"))
        bench.add(Sample.ticket(2, to: "hanging"))
        for id in bench.start() {
            bench.schedule.end(
                DeliveryID(id), .failed(.timeout), leaving: id == 2 ? .hanging : .answering, now: bench.time(0))
        }
        #expect(bench.schedule.laneFigures().isEmpty)
        for id in 10..<20 { bench.add(Sample.ticket(Int64(id), to: "hanging")) }
        for id in 20..<30 { bench.add(Sample.ticket(Int64(id), to: "good")) }
        #expect(bench.start().count == 1 + 8)
        #expect(bench.schedule.isAnswering(Sample.origin("good")))
        #expect(!bench.schedule.isAnswering(Sample.origin("hanging")))
    }

    @Test("Only a timeout makes an origin one that hangs")
    func outcomesAndStandings() {
        #expect(LaneHealth.Standing(after: .failed(.timeout)) == .hanging)
        for error in [ErrorClass.connectionReset, .connectionRefused, .tlsError, .protocolError, .responseTooLarge] {
            #expect(LaneHealth.Standing(after: .failed(error)) == .answering)
        }
        #expect(LaneHealth.Standing(after: .answered(status: 500, retryAfter: nil)) == .answering)
    }

    @Test("Hanging origins together hold at most half of the slots")
    func hangingOriginsLeaveHalf() {
        var bench = ScheduleBench(total: 16, perOrigin: 1)
        for id in 1...20 { bench.add(Sample.ticket(Int64(id), to: "h\(id)")) }
        for id in 1...20 { bench.add(Sample.ticket(Int64(100 + id), to: "h\(id)")) }
        var ended: Set<Int64> = []
        while ended.count < 40 {
            let started = bench.start()
            #expect(!started.isEmpty)
            for id in started {
                bench.schedule.end(DeliveryID(id), .failed(.timeout), leaving: .hanging, now: bench.time(0))
                ended.insert(id)
            }
            #expect(started.count { $0 > 100 } <= 8)
        }
    }

    @Test("A lane that fails for long is asked one at a time, with growing pauses, and at full speed after a success")
    func failingLaneSlowsDown() {
        var bench = ScheduleBench(total: 100, perOrigin: 4)
        for id in 1...60 { bench.add(Sample.ticket(Int64(id), to: "a")) }
        for _ in 0..<8 { for id in bench.start() { bench.giveUp(id) } }
        #expect(bench.schedule.laneFigures().first?.isFailing == true)
        var moment = 0.0
        for pause in [0.125, 0.25, 0.5, 1, 1, 1] {
            #expect(bench.start(at: moment + pause - 0.001) == [])
            #expect(bench.schedule.nextDue == bench.time(moment + pause))
            moment += pause
            let probe = bench.start(at: moment)
            #expect(probe.count == 1)
            bench.schedule.end(DeliveryID(probe[0]), .failed(.http(500)), leaving: .answering, now: bench.time(moment))
        }
        let probe = bench.start(at: moment + 1)
        bench.deliver(probe[0])
        #expect(bench.start(at: moment + 1).count == 4)
        #expect(bench.schedule.laneFigures().first?.isFailing == false)
    }

    @Test("A few failures slow nothing: retries go when they are due")
    func retriesOfOneDeliveryAreOnTime() {
        var bench = ScheduleBench(total: 100, perOrigin: 4)
        for id in 1...7 { bench.add(Sample.ticket(Int64(id), to: "a")) }
        for moment in [0.0, 1, 3, 7] {
            var started: [Int64] = []
            while case let more = bench.start(at: moment), !more.isEmpty {
                started += more
                for id in more { bench.fail(id, retryAfter: moment + 1, at: moment) }
            }
            #expect(started.sorted() == Array(1...7))
        }
    }

    @Test("Origins share what is left, fairly, once half of the slots are taken")
    func slotsAreShared() {
        var bench = ScheduleBench(total: 16, perOrigin: 8)
        for lane in 0..<4 { for id in 1...30 { bench.add(Sample.ticket(Int64(100 * lane + id), to: "o\(lane)")) } }
        for id in bench.start() { bench.deliver(id) }
        _ = bench.start()
        let inFlight = bench.schedule.laneFigures().map(\.inFlight)
        #expect(inFlight.reduce(0, +) >= 14)
        #expect(inFlight.allSatisfy { (3...4).contains($0) })
    }

    @Test("An origin that is alone has all its slots")
    func aloneAllSlotsAreUsed() {
        var bench = ScheduleBench(total: 16, perOrigin: 16)
        for id in 1...40 { bench.add(Sample.ticket(Int64(id))) }
        #expect(bench.start().count == 14, "an eighth waits until it has answered")
        bench.deliver(1)
        #expect(bench.start().count == 3)
        #expect(bench.schedule.inFlightCount == 16)
    }

    @Test("A lane held back while much was in flight goes on when less is, though nothing of its own ended")
    func heldBackLaneLooksAgain() {
        let others = (1...62).map { "o\($0)" }
        var bench = ScheduleBench(total: 64, perOrigin: 8)
        bench.prove(others + ["a"])
        bench.add(Sample.ticket(1, to: "a"))
        for (number, origin) in others.enumerated() { bench.add(Sample.ticket(Int64(100 + number), to: origin)) }
        #expect(bench.start().count == 63)
        for id in 2...5 { bench.add(Sample.ticket(Int64(id), to: "a")) }
        #expect(bench.start() == [], "one is all that it may have now")
        for number in others.indices { bench.deliver(Int64(100 + number)) }
        #expect(bench.start() == [2, 3, 4, 5])
    }

    @Test("So do many of them, in turn")
    func manyHeldBackLanes() {
        let held = (1...30).map { "h\($0)" }
        let others = (1...34).map { "o\($0)" }
        var bench = ScheduleBench(total: 64, perOrigin: 8)
        bench.prove(held + others)
        for (number, origin) in (held + others).enumerated() { bench.add(Sample.ticket(Int64(number), to: origin)) }
        #expect(bench.start().count == 64)
        for (number, origin) in held.enumerated() {
            for more in 1...2 { bench.add(Sample.ticket(Int64(number + more * 100), to: origin)) }
        }
        #expect(bench.start() == [])
        for number in others.indices { bench.deliver(Int64(held.count + number)) }
        var started = bench.start()
        #expect(started.count >= 20, "two for each, and an end has eight lanes look again")
        for id in started.prefix(10) {
            bench.deliver(id)
            started += bench.start()
        }
        #expect(Set(started).isSuperset(of: 100..<130), "each has its second, though none of its own has ended")
    }

    @Test("However many new origins hang, one that comes later is asked soon, for they start at a pace")
    func newcomersAreAskedSoon() throws {
        var bench = ScheduleBench(limits: .init(total: 512, perOrigin: 8, timeout: .seconds(10)))
        for id in 1...20_000 { bench.add(Sample.ticket(Int64(id), to: "h\(id)")) }
        #expect(bench.start().count == 129, "a quarter at once")
        let due = try #require(bench.schedule.nextDue?.sinceStart)
        #expect(due > .milliseconds(31) && due < .milliseconds(32), "10 s / 319 slots that are left")
        var now = 0.0
        var ends: [(id: Int64, at: Double)] = []
        for round in 1...50 {
            bench.add(Sample.ticket(Int64(100_000 + round), to: "new\(round)"))
            let came = now
            var started: [Int64] = []
            while !started.contains(Int64(100_000 + round)) {
                now += 0.01
                try #require(now - came < 0.5, "round \(round)")
                for (id, _) in ends.filter({ $0.at <= now }) {
                    bench.fail(id, retryAfter: 1_000, timedOut: true, at: now)
                }
                ends.removeAll { $0.at <= now }
                started = bench.start(at: now)
                ends += started.map { ($0, now + 10) }
            }
            bench.deliver(Int64(100_000 + round))
            ends.removeAll { $0.id == Int64(100_000 + round) }
        }
        #expect(bench.schedule.inFlightCount < 448)
    }

    @Test("The pace holds nobody up who answers, and ends with the crowd")
    func paceIsForThoseThatMayHang() {
        var bench = ScheduleBench(limits: .init(total: 64, perOrigin: 8, timeout: .seconds(10)))
        bench.prove(["good"])
        for id in 1...40 { bench.add(Sample.ticket(Int64(id), to: "n\(id)")) }
        let strangers = bench.start()
        #expect(strangers.count == 17)
        for id in 101...108 { bench.add(Sample.ticket(Int64(id), to: "good")) }
        #expect(bench.start().allSatisfy { $0 > 100 })
        for id in strangers.prefix(3) { bench.deliver(id) }
        #expect(bench.start().count == 3, "again a quarter")
        #expect(bench.schedule.nextDue != nil)
    }

    @Test("What is known from before the start counts")
    func standingIsRecalled() {
        var bench = ScheduleBench(limits: .init(total: 64, perOrigin: 8, timeout: .seconds(10)))
        bench.schedule.recall(Sample.origin("good"), .answering)
        for id in 1...40 { bench.add(Sample.ticket(Int64(id), to: "n\(id)")) }
        #expect(bench.start().count == 17)
        bench.schedule.recover(Sample.origin("good"))
        #expect(bench.schedule.isAnswering(Sample.origin("good")))
        bench.add(Sample.ticket(100, to: "good"))
        let refill = bench.schedule.takeRefills()
        bench.schedule.refill(refill[0], with: [(Sample.ticket(100, to: "good"), wait: .zero)], now: bench.time(0))
        #expect(bench.start() == [100])
    }
}
