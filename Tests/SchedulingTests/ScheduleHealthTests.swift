import Scheduling
import Domain
import TestSupport
import Testing

/// Hanging, failing and unknown origins leave slots for the others.
@Suite struct ScheduleHealthTests {
    @Test("An answering origin gets a slot, however many new origins hang")
    func unknownOriginsLeaveRoom() {
        var harness = ScheduleHarness(total: 64, perOrigin: 8)
        harness.add(Sample.ticket(1, to: "good"))
        #expect(harness.start() == [1])
        harness.deliver(1)
        harness.add(Sample.ticket(2, to: "good"))
        for id in 100..<900 { harness.add(Sample.ticket(Int64(id), to: "o\(id % 100)")) }
        let started = harness.start()
        #expect(started.contains(2))
        #expect(started.count <= 56, "an eighth stays free for answering origins")
    }

    @Test("The state of an origin is kept while it is idle")
    func healthIsRemembered() {
        var harness = ScheduleHarness(total: 64, perOrigin: 8)
        harness.add(Sample.ticket(1, to: "good"))
        harness.add(Sample.ticket(2, to: "hanging"))
        for id in harness.start() {
            harness.schedule.end(
                DeliveryID(id), .failed(.timeout), .timeout, timedOut: id == 2, now: harness.time(0))
        }
        #expect(harness.schedule.laneFigures().isEmpty)
        for id in 10..<20 { harness.add(Sample.ticket(Int64(id), to: "hanging")) }
        for id in 20..<30 { harness.add(Sample.ticket(Int64(id), to: "good")) }
        #expect(harness.start().count == 1 + 8)
        #expect(harness.schedule.isAnswering(Sample.origin("good")))
        #expect(!harness.schedule.isAnswering(Sample.origin("hanging")))
    }

    @Test("Only a timeout marks an origin as hanging")
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
                harness.schedule.end(DeliveryID(id), .failed(.timeout), .timeout, timedOut: true, now: harness.time(0))
                ended.insert(id)
            }
            #expect(started.count { $0 > 100 } <= 8)
        }
    }

    @Test("A lane that keeps failing gets single attempts with growing pauses, and full speed after a success")
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
            harness.schedule.end(
                DeliveryID(probe[0]), .failed(.http(500)), .http(500), timedOut: false, now: harness.time(moment))
        }
        let probe = harness.start(at: moment + 1)
        harness.deliver(probe[0])
        #expect(harness.start(at: moment + 1).count == 4)
        #expect(harness.schedule.laneFigures().first?.state == .answering)
    }

    @Test("A few failures do not slow a lane: retries start when they are due")
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

    @Test("Once half of the slots are in use, origins share the rest fairly")
    func slotsAreShared() {
        var harness = ScheduleHarness(total: 16, perOrigin: 8)
        for lane in 0..<4 { for id in 1...30 { harness.add(Sample.ticket(Int64(100 * lane + id), to: "o\(lane)")) } }
        for id in harness.start() { harness.deliver(id) }
        _ = harness.start()
        let inFlight = harness.schedule.laneFigures().map(\.inFlight)
        #expect(inFlight.reduce(0, +) >= 14)
        #expect(inFlight.allSatisfy { (3...4).contains($0) })
    }

    @Test("A single origin may use all of its slots")
    func aloneAllSlotsAreUsed() {
        var harness = ScheduleHarness(total: 16, perOrigin: 16)
        for id in 1...40 { harness.add(Sample.ticket(Int64(id))) }
        #expect(harness.start().count == 14, "an eighth stays free until the origin has answered")
        harness.deliver(1)
        #expect(harness.start().count == 3)
        #expect(harness.schedule.inFlightCount == 16)
    }

    @Test("A throttled lane continues when others end attempts, although none of its own has ended")
    func throttledLaneContinues() {
        let others = (1...62).map { "o\($0)" }
        var harness = ScheduleHarness(total: 64, perOrigin: 8)
        harness.prove(others + ["a"])
        harness.add(Sample.ticket(1, to: "a"))
        for (number, origin) in others.enumerated() { harness.add(Sample.ticket(Int64(100 + number), to: origin)) }
        #expect(harness.start().count == 63)
        for id in 2...5 { harness.add(Sample.ticket(Int64(id), to: "a")) }
        #expect(harness.start() == [], "the lane may have one attempt now")
        for number in others.indices { harness.deliver(Int64(100 + number)) }
        #expect(harness.start() == [2, 3, 4, 5])
    }

    @Test("Many throttled lanes continue in turn")
    func manyThrottledLanes() {
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
        #expect(started.count >= 20, "two for each lane; each end lets eight lanes check their limit again")
        for id in started.prefix(10) {
            harness.deliver(id)
            started += harness.start()
        }
        #expect(Set(started).isSuperset(of: 100..<130), "each lane starts its second attempt")
    }

    @Test("New origins start at a limited pace, so a later one gets an attempt soon although earlier ones hang")
    func newOriginsGetAnAttemptSoon() throws {
        var harness = ScheduleHarness(limits: .init(maxInFlight: 512, maxInFlightPerOrigin: 8, timeout: .seconds(10)))
        for id in 1...20_000 { harness.add(Sample.ticket(Int64(id), to: "h\(id)")) }
        #expect(harness.start().count == 129, "a quarter at once")
        let due = try #require(harness.schedule.nextDue?.sinceStart)
        #expect(due > .milliseconds(31) && due < .milliseconds(32), "10 s / 319 remaining slots")
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

    @Test("The pace does not slow answering origins, and ends when fewer new origins wait")
    func paceAppliesToUnknownOriginsOnly() {
        var harness = ScheduleHarness(limits: .init(maxInFlight: 64, maxInFlightPerOrigin: 8, timeout: .seconds(10)))
        harness.prove(["good"])
        for id in 1...40 { harness.add(Sample.ticket(Int64(id), to: "n\(id)")) }
        let unknown = harness.start()
        #expect(unknown.count == 17)
        for id in 101...108 { harness.add(Sample.ticket(Int64(id), to: "good")) }
        #expect(harness.start().allSatisfy { $0 > 100 })
        for id in unknown.prefix(3) { harness.deliver(id) }
        #expect(harness.start().count == 3, "a quarter again")
        #expect(harness.schedule.nextDue != nil)
    }

    @Test("An origin that answered before a restart counts as answering")
    func outcomesSurviveARestart() {
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

    @Test("The last outcome before a restart decides the state of an origin", arguments: recalled)
    func recalledState(_ state: DeliveryState, _ isRetrying: Bool, _ expected: OriginState) {
        var harness = ScheduleHarness(total: 64, perOrigin: 8)
        harness.schedule.recall(OriginOutcome(origin: Sample.origin(), state: state, isRetrying: isRetrying))
        harness.schedule.recover(Sample.origin())
        #expect(harness.schedule.laneFigures().map(\.state) == [expected])
    }
}
