import Delivery
import Events
import Frames
import TestSupport
import Testing

@Suite struct PoolStateTests {
    private static let ok = AttemptOutcome.answered(status: 200, retryAfter: nil)
    private let bench = PoolBench()

    @Test func requestsWaitForASender() async {
        #expect(await bench.accept() == [])
        #expect(await bench.accept() == [])
        #expect(!bench.state.isReady)
        #expect(bench.ready(.ordinary(0), processID: 100) == ["send 1 to 100", "send 2 to 100"])
        #expect(bench.state.isReady)
        #expect(bench.heard(.ended(id: 2, Self.ok), from: .ordinary(0)) == ["end"])
        #expect(bench.heard(.ended(id: 1, .failed(.timeout)), from: .ordinary(0)) == ["end"])
        #expect(await bench.outcome(of: 2) == Self.ok)
        #expect(await bench.outcome(of: 1) == .failed(.timeout))
    }

    @Test func senderWithLessToDoIsNext() async {
        _ = bench.ready(.ordinary(0), processID: 100)
        let first = await bench.accept()
        #expect(first == ["send 1 to 100"])
        #expect(bench.ready(.ordinary(1), processID: 101) == [])
        #expect(await bench.accept() == ["send 2 to 101"])
        #expect(bench.heard(.ended(id: 1, Self.ok), from: .ordinary(0)) == ["end"])
        #expect(await bench.accept() == ["send 3 to 100"])
        #expect(bench.heard(.ended(id: 2, Self.ok), from: .ordinary(1)) == ["end"])
        #expect(bench.heard(.ended(id: 3, Self.ok), from: .ordinary(0)) == ["end"])
    }

    @Test func answerOfASenderThatNeverHadTheRequestIsNotHeard() async {
        _ = bench.ready(.ordinary(0), processID: 100)
        _ = bench.ready(.ordinary(1), processID: 101)
        #expect(await bench.accept().count == 1)
        let slots = [PoolState.Slot.ordinary(0), .ordinary(1)]
        #expect(bench.heard(.ended(id: 9, Self.ok), from: slots[0]) == [])
        let ends = slots.flatMap { slot in bench.heard(.ended(id: 1, Self.ok), from: slot) }
        #expect(ends == ["end"])
        #expect(slots.flatMap { slot in bench.heard(.ended(id: 1, Self.ok), from: slot) } == [])
    }

    @Test func culpritIsFoundAndNobodyElseIsCharged() async {
        _ = bench.ready(.ordinary(0), processID: 100)
        for origin in ["good", "bad", "other"] { #expect(await bench.accept(origin).count == 1) }
        #expect(bench.died(.ordinary(0)) == ["wake"])
        #expect(!bench.state.hasNoSuspects)
        #expect(!bench.state.isReady)
        #expect(bench.ready(.apart, processID: 200) == ["send 3 to 200"], "the latest first")
        #expect(bench.heard(.ended(id: 3, Self.ok), from: .apart) == ["end"])
        #expect(bench.heard(.finished(id: 3), from: .apart) == ["send 2 to 200"])
        #expect(bench.died(.apart) == ["end"])
        #expect(await bench.outcome(of: 2) == .failed(.senderCrashed))
        #expect(!bench.state.hasNoSuspects)
        #expect(bench.ready(.apart, processID: 201) == ["send 1 to 201"])
        #expect(bench.heard(.ended(id: 1, Self.ok), from: .apart) == ["end"])
        #expect(bench.heard(.finished(id: 1), from: .apart) == [])
        #expect(bench.state.hasNoSuspects)
        #expect(await bench.outcome(of: 1) == Self.ok)
        #expect(await bench.outcome(of: 3) == Self.ok)
    }

    @Test func originsThatAnsweredAreTriedFirst() async {
        _ = bench.ready(.apart, processID: 200)
        _ = bench.ready(.ordinary(0), processID: 100)
        for isTrusted in [false, true, false, true] { _ = await bench.accept(isTrusted: isTrusted) }
        var trials = bench.died(.ordinary(0))
        for id in [4, 2, 3, 1] as [UInt64] {
            #expect(trials == ["send \(id) to 200"])
            #expect(bench.heard(.ended(id: id, Self.ok), from: .apart) == ["end"])
            trials = bench.heard(.finished(id: id), from: .apart)
        }
        #expect(bench.state.hasNoSuspects)
    }

    @Test func originOfACulpritStaysApartUntilItAnswers() async {
        _ = bench.ready(.ordinary(0), processID: 100)
        _ = await bench.accept("bad")
        _ = bench.died(.ordinary(0))
        _ = bench.ready(.apart, processID: 200)
        #expect(bench.died(.apart) == ["end"])
        _ = bench.ready(.ordinary(0), processID: 101)
        #expect(await bench.accept("bad") == ["wake"])
        #expect(await bench.accept("good") == ["send 3 to 101"])
        #expect(bench.ready(.apart, processID: 201) == ["send 2 to 201"])
        #expect(await bench.accept("bad") == [], "one at a time")
        #expect(
            bench.heard(.ended(id: 2, .answered(status: 500, retryAfter: nil)), from: .apart) == ["end"])
        #expect(bench.heard(.finished(id: 2), from: .apart) == ["send 4 to 201"])
        #expect(await bench.accept("bad") == ["send 5 to 101"])
        #expect(bench.heard(.ended(id: 4, Self.ok), from: .apart) == ["end"])
        for id in [3, 5] as [UInt64] { #expect(bench.heard(.ended(id: id, Self.ok), from: .ordinary(0)) == ["end"]) }
    }

    @Test func answerThatKillsBehindItsDecisionChargesNobody() async {
        _ = bench.ready(.ordinary(0), processID: 100)
        for origin in ["bad", "good"] { #expect(await bench.accept(origin).count == 1) }
        #expect(bench.heard(.ended(id: 1, Self.ok), from: .ordinary(0)) == ["end"])
        #expect(bench.died(.ordinary(0)) == ["wake"])
        #expect(bench.ready(.ordinary(0), processID: 101) == [])
        #expect(await bench.accept("bad") == ["wake"], "its last answer was not read to its end")
        #expect(bench.ready(.apart, processID: 200) == ["send 2 to 200"])
        #expect(bench.heard(.ended(id: 2, Self.ok), from: .apart) == ["end"])
        #expect(bench.heard(.finished(id: 2), from: .apart) == ["send 3 to 200"])
        #expect(bench.heard(.ended(id: 3, Self.ok), from: .apart) == ["end"])
        #expect(bench.died(.apart) == [], "what it died of was delivered before")
        #expect(await bench.accept("bad") == ["wake"], "it stays apart")
        #expect(bench.ready(.apart, processID: 201) == ["send 4 to 201"])
        #expect(bench.heard(.ended(id: 4, Self.ok), from: .apart) == ["end"])
        for id in 1...4 as ClosedRange<UInt64> { #expect(await bench.outcome(of: id) == Self.ok) }
    }

    @Test func deathOfAnIdleSenderSuspectsNobody() async {
        _ = bench.ready(.ordinary(0), processID: 100)
        #expect(bench.died(.ordinary(0)) == [])
        #expect(bench.died(.ordinary(0)) == [])
        #expect(bench.state.hasNoSuspects)
        _ = bench.ready(.apart, processID: 200)
        #expect(bench.died(.apart) == [])
        #expect(bench.ready(.ordinary(0), processID: 101) == [])
    }

    @Test func figuresAreByProcess() async {
        _ = bench.ready(.apart, processID: 300)
        _ = bench.ready(.ordinary(1), processID: 200)
        _ = bench.ready(.ordinary(0), processID: 100)
        #expect(await bench.accept().count == 1)
        let figures = bench.state.figures()
        #expect(figures.map(\.processID) == [100, 200, 300])
        #expect(figures.map(\.isApart) == [false, false, true])
        #expect(figures.map(\.inFlight).reduce(0, +) == 1 && figures[2].inFlight == 0)
        for slot in 0...1 { _ = bench.heard(.ended(id: 1, Self.ok), from: .ordinary(slot)) }
    }
}
