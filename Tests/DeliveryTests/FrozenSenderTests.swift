import Delivery
import Events
import Frames
import TestSupport
import Testing

/// A sender that is not ready after ten seconds, has work and is silent for more than three, or holds a request two
/// beyond its deadline.
@Suite struct FrozenSenderTests {
    private static let ok = AttemptOutcome.answered(status: 200, retryAfter: nil)
    private let bench = PoolBench()

    @Test func idleSenderMayBeSilent() {
        _ = bench.ready(.ordinary(0), processID: 100, at: 0)
        #expect(bench.frozen(at: 1_000) == [])
    }

    @Test func senderThatIsNeverReady() {
        bench.start(.ordinary(0), processID: 100, at: 5)
        #expect(bench.frozen(at: 15) == [])
        #expect(bench.frozen(at: 15.1) == [100])
        _ = bench.heard(.ready, from: .ordinary(0), at: 15.2)
        #expect(bench.frozen(at: 999) == [])
    }

    @Test func silenceWithWorkIsCountedFromTheStartOfTheWork() async {
        _ = bench.ready(.ordinary(0), processID: 100, at: 0)
        _ = await bench.accept()
        #expect(bench.state.starting(1, now: bench.time(50))?().id == 1)
        #expect(bench.frozen(at: 53) == [])
        _ = bench.heard(.alive, from: .ordinary(0), at: 53.2)
        #expect(bench.frozen(at: 56.2) == [])
        #expect(bench.frozen(at: 56.3) == [100])
        _ = bench.heard(.ended(id: 1, Self.ok), from: .ordinary(0), at: 56.4)
        #expect(bench.frozen(at: 999) == [])
    }

    @Test func silenceAfterTheStartOfTheWork() async {
        _ = bench.ready(.ordinary(0), processID: 100, at: 0)
        _ = await bench.accept()
        _ = bench.state.starting(1, now: bench.time(50))
        #expect(bench.frozen(at: 53.1) == [100])
        #expect(bench.frozen(at: 54) == [], "told once")
        _ = bench.heard(.ended(id: 1, Self.ok), from: .ordinary(0), at: 54)
    }

    @Test("Requests that start together after a pause do not make a sender look frozen")
    func burstAfterAPause() async {
        _ = bench.ready(.ordinary(0), processID: 100, at: 0)
        for _ in 1...3 { #expect(await bench.accept().count == 1) }
        #expect(bench.frozen(at: 100) == [], "nothing has been given to it yet")
        for id in 1...3 as ClosedRange<UInt64> { _ = bench.state.starting(id, now: bench.time(100)) }
        #expect(bench.frozen(at: 100.5) == [])
        #expect(bench.frozen(at: 103.1) == [100])
        for id in 1...3 as ClosedRange<UInt64> { _ = bench.heard(.ended(id: id, Self.ok), from: .ordinary(0)) }
    }

    @Test func laterRequestsDoNotHideTheSilence() async {
        _ = bench.ready(.ordinary(0), processID: 100, at: 0)
        for (id, second) in [(1, 10.0), (2, 11.0), (3, 12.0)] as [(UInt64, Double)] {
            _ = await bench.accept()
            _ = bench.state.starting(id, now: bench.time(second))
        }
        #expect(bench.frozen(at: 13.1) == [100])
        for id in 1...3 as ClosedRange<UInt64> { _ = bench.heard(.ended(id: id, Self.ok), from: .ordinary(0)) }
    }

    @Test func requestBeyondItsDeadline() async {
        _ = bench.ready(.ordinary(0), processID: 100, at: 0)
        _ = bench.ready(.ordinary(1), processID: 101, at: 0)
        #expect(await bench.accept(timeout: .seconds(10)).count == 1)
        _ = bench.state.starting(1, now: bench.time(1))
        for slot in 0...1 { _ = bench.heard(.alive, from: .ordinary(slot), at: 12) }
        #expect(bench.frozen(at: 13) == [])
        #expect(bench.frozen(at: 13.1).count == 1)
        for slot in 0...1 { _ = bench.heard(.ended(id: 1, Self.ok), from: .ordinary(slot), at: 13.2) }
    }

    @Test func trialHasADeadlineOfItsOwn() async {
        _ = bench.ready(.ordinary(0), processID: 100, at: 0)
        _ = bench.ready(.apart(.slow), processID: 200, at: 0)
        _ = await bench.accept(timeout: .seconds(10))
        _ = bench.state.starting(1, now: bench.time(1))
        #expect(bench.died(.ordinary(0)) == ["send 1 to 200"])
        #expect(bench.frozen(at: 20) == [], "the trial has not begun")
        _ = bench.state.starting(1, now: bench.time(20))
        #expect(bench.frozen(at: 20.5) == [])
        #expect(bench.frozen(at: 23.1) == [200])
        _ = bench.heard(.ended(id: 1, Self.ok), from: .apart(.slow), at: 24)
    }

    @Test func requestOfADeadSenderIsNotStarted() async {
        _ = bench.ready(.ordinary(0), processID: 100)
        _ = await bench.accept()
        #expect(bench.died(.ordinary(0)) == ["wake slow"])
        #expect(bench.state.starting(1, now: bench.time(1)) == nil)
        #expect(bench.ready(.apart(.slow), processID: 200) == ["send 1 to 200"])
        #expect(bench.state.starting(1, now: bench.time(2))?().id == 1)
        #expect(bench.heard(.ended(id: 1, Self.ok), from: .apart(.slow)) == ["end"])
    }

    @Test(
        "A trial that is decided and goes on holds up the next one for two seconds, half a one after a deadline",
        arguments: [(AttemptOutcome.failed(.timeout), 1.5), (Self.ok, 3)] as [(AttemptOutcome, Double)])
    func trialThatLingers(_ outcome: AttemptOutcome, _ end: Double) async {
        _ = bench.ready(.ordinary(0), processID: 100, at: 0)
        for _ in 1...2 { _ = await bench.accept() }
        _ = bench.died(.ordinary(0))
        #expect(bench.ready(.apart(.slow), processID: 200, at: 0) == ["send 2 to 200"])
        #expect(bench.heard(.ended(id: 2, outcome), from: .apart(.slow), at: 1) == ["end"])
        #expect(bench.frozen(at: end) == [])
        #expect(bench.frozen(at: end + 0.1) == [200])
        #expect(bench.frozen(at: 4) == [], "told once")
        #expect(bench.died(.apart(.slow)) == ["wake slow"], "one more waits")
        #expect(bench.ready(.apart(.slow), processID: 201, at: 4) == ["send 1 to 201"])
        #expect(bench.heard(.ended(id: 1, Self.ok), from: .apart(.slow), at: 4) == ["end"])
        #expect(await bench.outcome(of: 1) == Self.ok)
    }

    @Test("While the daemon itself stood still nobody counts as frozen")
    func daemonStoodStill() async {
        _ = bench.ready(.ordinary(0), processID: 100, at: 0)
        _ = await bench.accept(timeout: .seconds(1))
        _ = bench.state.starting(1, now: bench.time(10))
        bench.state.excuse(.seconds(60))
        #expect(bench.frozen(at: 73) == [])
        #expect(bench.frozen(at: 73.1) == [100], "silent for more than three seconds of its own")
        _ = bench.heard(.ended(id: 1, Self.ok), from: .ordinary(0), at: 73.2)
    }

    @Test("Nor is what is left of an answer, or of a process, due earlier for it")
    func daemonStoodStillAfterAnOutcome() async {
        _ = bench.ready(.ordinary(0), processID: 100, at: 0)
        _ = await bench.accept()
        _ = bench.died(.ordinary(0))
        _ = bench.ready(.apart(.slow), processID: 200, at: 0)
        _ = bench.heard(.ended(id: 1, Self.ok), from: .apart(.slow), at: 10)
        bench.state.excuse(.seconds(60))
        #expect(bench.frozen(at: 72) == [])
        #expect(bench.frozen(at: 72.1) == [200])
    }
}
