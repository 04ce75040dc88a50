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
        #expect(bench.died(.ordinary(0)) == ["wake slow"])
        #expect(!bench.hasNoSuspects)
        #expect(!bench.state.isReady)
        #expect(bench.ready(.apart(.slow), processID: 200) == ["send 3 to 200"], "the latest first")
        #expect(bench.heard(.ended(id: 3, Self.ok), from: .apart(.slow)) == ["end"])
        #expect(bench.heard(.finished(id: 3), from: .apart(.slow)) == ["send 2 to 200"])
        #expect(bench.died(.apart(.slow)) == ["end", "wake slow"], "one more waits")
        #expect(await bench.outcome(of: 2) == .failed(.senderCrashed))
        #expect(!bench.hasNoSuspects)
        #expect(bench.ready(.apart(.slow), processID: 201) == ["send 1 to 201"])
        #expect(bench.heard(.ended(id: 1, Self.ok), from: .apart(.slow)) == ["end"])
        #expect(bench.heard(.finished(id: 1), from: .apart(.slow)) == [])
        #expect(bench.hasNoSuspects)
        #expect(await bench.outcome(of: 1) == Self.ok)
        #expect(await bench.outcome(of: 3) == Self.ok)
    }

    /// Of those that are trusted the oldest goes first, of others the youngest.
    @Test func originsThatAnsweredAreTriedBesideTheOthers() async {
        let order: [Bench: [UInt64]] = [.quick: [2, 4], .slow: [3, 1]]
        _ = bench.ready(.apart(.slow), processID: 200)
        _ = bench.ready(.apart(.quick), processID: 201)
        _ = bench.ready(.ordinary(0), processID: 100)
        for isTrusted in [false, true, false, true] { _ = await bench.accept(isTrusted: isTrusted) }
        #expect(bench.died(.ordinary(0)) == ["send 2 to 201", "send 3 to 200"])
        for (apart, ids) in order {
            #expect(bench.heard(.ended(id: ids[0], Self.ok), from: .apart(apart)) == ["end"])
            let processID = apart == .quick ? 201 : 200
            #expect(bench.heard(.finished(id: ids[0]), from: .apart(apart)) == ["send \(ids[1]) to \(processID)"])
            #expect(bench.heard(.ended(id: ids[1], Self.ok), from: .apart(apart)) == ["end"])
            #expect(bench.heard(.finished(id: ids[1]), from: .apart(apart)) == [])
        }
        #expect(bench.hasNoSuspects)
    }

    @Test func trustedSuspectsOfALaterDeathDoNotWaitForHangingTrials() async {
        _ = bench.ready(.ordinary(0), processID: 100)
        for _ in 1...2 { _ = await bench.accept("hangs") }
        #expect(bench.died(.ordinary(0)) == ["wake slow"])
        #expect(bench.ready(.apart(.slow), processID: 200) == ["send 2 to 200"])
        _ = bench.ready(.ordinary(0), processID: 101)
        #expect(await bench.accept("good", isTrusted: true) == ["send 3 to 101"])
        #expect(bench.died(.ordinary(0)) == ["wake quick"])
        #expect(bench.ready(.apart(.quick), processID: 201) == ["send 3 to 201"])
        #expect(bench.heard(.ended(id: 3, Self.ok), from: .apart(.quick)) == ["end"])
        #expect(bench.heard(.ended(id: 2, .failed(.timeout)), from: .apart(.slow)) == ["end"])
        #expect(bench.heard(.finished(id: 2), from: .apart(.slow)) == ["send 1 to 200"])
        #expect(bench.heard(.ended(id: 1, .failed(.timeout)), from: .apart(.slow)) == ["end"])
    }

    @Test func hangingConvictDoesNotDelayTheQuickBench() async {
        _ = bench.ready(.ordinary(0), processID: 100)
        _ = await bench.accept("bad")
        _ = bench.died(.ordinary(0))
        _ = bench.ready(.apart(.slow), processID: 200)
        #expect(bench.died(.apart(.slow)) == ["end"])
        #expect(await bench.accept("bad", isTrusted: true) == ["wake slow"])
        #expect(bench.ready(.apart(.slow), processID: 201) == ["send 2 to 201"])
        _ = bench.ready(.ordinary(0), processID: 101)
        _ = await bench.accept("good", isTrusted: true)
        #expect(bench.died(.ordinary(0)) == ["wake quick"])
        #expect(bench.ready(.apart(.quick), processID: 202) == ["send 3 to 202"])
        #expect(bench.heard(.ended(id: 3, Self.ok), from: .apart(.quick)) == ["end"])
        #expect(bench.heard(.ended(id: 2, .failed(.timeout)), from: .apart(.slow)) == ["end"])
    }

    @Test func newcomersOfAHealthyOriginThatIsWatchedDoNotWaitForSuspects() async {
        _ = bench.ready(.ordinary(0), processID: 100)
        _ = await bench.accept("good", isTrusted: true)
        _ = await bench.accept("hangs")
        #expect(bench.heard(.ended(id: 1, Self.ok), from: .ordinary(0)) == ["end"])
        #expect(bench.died(.ordinary(0)) == ["wake slow"])
        #expect(bench.ready(.apart(.slow), processID: 200) == ["send 2 to 200"])
        _ = bench.ready(.ordinary(0), processID: 101)
        #expect(await bench.accept("good", isTrusted: true) == ["wake quick"])
        #expect(bench.ready(.apart(.quick), processID: 201) == ["send 3 to 201"])
        #expect(await bench.accept("good", isTrusted: true) == [], "one at a time")
        #expect(bench.heard(.ended(id: 3, Self.ok), from: .apart(.quick)) == ["end"])
        #expect(bench.heard(.finished(id: 3), from: .apart(.quick)) == ["send 4 to 101"])
        #expect(bench.heard(.ended(id: 4, Self.ok), from: .ordinary(0)) == ["end"])
        #expect(bench.heard(.ended(id: 2, .failed(.timeout)), from: .apart(.slow)) == ["end"])
    }

    @Test func whoHangsOnTheQuickBenchMovesToTheSlowOne() async {
        _ = bench.ready(.ordinary(0), processID: 100)
        for origin in ["hangs", "hangs", "good"] { _ = await bench.accept(origin, isTrusted: true) }
        #expect(bench.died(.ordinary(0)) == ["wake quick"])
        #expect(bench.ready(.apart(.quick), processID: 200) == ["send 1 to 200"])
        #expect(bench.heard(.ended(id: 1, .failed(.timeout)), from: .apart(.quick)) == ["end", "wake slow"])
        #expect(bench.ready(.apart(.slow), processID: 201) == ["send 2 to 201"])
        #expect(bench.heard(.finished(id: 1), from: .apart(.quick)) == ["send 3 to 200"])
        #expect(bench.heard(.ended(id: 3, Self.ok), from: .apart(.quick)) == ["end"])
        #expect(bench.heard(.ended(id: 2, .failed(.timeout)), from: .apart(.slow)) == ["end"])
    }

    @Test func refusedConnectionDoesNotReleaseACulprit() async {
        _ = bench.ready(.ordinary(0), processID: 100)
        _ = await bench.accept("bad")
        _ = bench.died(.ordinary(0))
        _ = bench.ready(.apart(.slow), processID: 200)
        #expect(bench.died(.apart(.slow)) == ["end"])
        _ = bench.ready(.apart(.slow), processID: 201)
        _ = bench.ready(.ordinary(0), processID: 101)
        let outcomes: [AttemptOutcome] = [.failed(.connectionRefused), .answered(status: 500, retryAfter: nil)]
        for (id, outcome) in zip([2, 3] as [UInt64], outcomes) {
            #expect(await bench.accept("bad") == ["send \(id) to 201"])
            #expect(bench.heard(.ended(id: id, outcome), from: .apart(.slow)) == ["end"])
            #expect(bench.heard(.finished(id: id), from: .apart(.slow)) == [])
        }
        #expect(await bench.accept("bad") == ["send 4 to 101"], "it has answered")
        #expect(bench.heard(.ended(id: 4, Self.ok), from: .ordinary(0)) == ["end"])
    }

    @Test("A request is made when it is given to a sender, not before, and anew for its trial")
    func requestIsMadeWhenItIsSent() async {
        _ = await bench.accept()
        #expect(bench.ready(.ordinary(0), processID: 100) == ["send 1 to 100"])
        #expect(bench.made == [])
        #expect(bench.state.starting(1, now: bench.time(1))?().id == 1)
        #expect(bench.made == [1])
        _ = bench.died(.ordinary(0))
        #expect(bench.ready(.apart(.slow), processID: 200) == ["send 1 to 200"])
        #expect(bench.made == [1])
        #expect(bench.state.starting(1, now: bench.time(60))?().id == 1)
        #expect(bench.made == [1, 1])
        #expect(bench.heard(.ended(id: 1, Self.ok), from: .apart(.slow)) == ["end"])
    }

    @Test func originOfACulpritStaysApartUntilItAnswers() async {
        _ = bench.ready(.ordinary(0), processID: 100)
        _ = await bench.accept("bad")
        _ = bench.died(.ordinary(0))
        _ = bench.ready(.apart(.slow), processID: 200)
        #expect(bench.died(.apart(.slow)) == ["end"])
        _ = bench.ready(.ordinary(0), processID: 101)
        #expect(await bench.accept("bad") == ["wake slow"])
        #expect(await bench.accept("good") == ["send 3 to 101"])
        #expect(bench.ready(.apart(.slow), processID: 201) == ["send 2 to 201"])
        #expect(await bench.accept("bad") == [], "one at a time")
        #expect(
            bench.heard(.ended(id: 2, .answered(status: 500, retryAfter: nil)), from: .apart(.slow)) == ["end"])
        #expect(bench.heard(.finished(id: 2), from: .apart(.slow)) == ["send 4 to 201"])
        #expect(await bench.accept("bad") == ["send 5 to 101"])
        #expect(bench.heard(.ended(id: 4, Self.ok), from: .apart(.slow)) == ["end"])
        for id in [3, 5] as [UInt64] { #expect(bench.heard(.ended(id: id, Self.ok), from: .ordinary(0)) == ["end"]) }
    }

    @Test func answerThatKillsBehindItsDecisionChargesNobody() async {
        _ = bench.ready(.ordinary(0), processID: 100)
        for origin in ["bad", "good"] { #expect(await bench.accept(origin).count == 1) }
        #expect(bench.heard(.ended(id: 1, Self.ok), from: .ordinary(0)) == ["end"])
        #expect(bench.died(.ordinary(0)) == ["wake slow"])
        #expect(bench.ready(.ordinary(0), processID: 101) == [])
        #expect(await bench.accept("bad") == ["wake slow"], "its last answer was not read to its end")
        #expect(bench.ready(.apart(.slow), processID: 200) == ["send 2 to 200"])
        #expect(bench.heard(.ended(id: 2, Self.ok), from: .apart(.slow)) == ["end"])
        #expect(bench.heard(.finished(id: 2), from: .apart(.slow)) == ["send 3 to 200"])
        #expect(bench.heard(.ended(id: 3, Self.ok), from: .apart(.slow)) == ["end"])
        #expect(bench.died(.apart(.slow)) == [], "what it died of was delivered before")
        #expect(await bench.accept("bad") == ["wake slow"], "it stays apart")
        #expect(bench.ready(.apart(.slow), processID: 201) == ["send 4 to 201"])
        #expect(bench.heard(.ended(id: 4, Self.ok), from: .apart(.slow)) == ["end"])
        for id in 1...4 as ClosedRange<UInt64> { #expect(await bench.outcome(of: id) == Self.ok) }
    }

    @Test func deathOfAnIdleSenderSuspectsNobody() async {
        _ = bench.ready(.ordinary(0), processID: 100)
        #expect(bench.died(.ordinary(0)) == [])
        #expect(bench.died(.ordinary(0)) == [])
        #expect(bench.hasNoSuspects)
        _ = bench.ready(.apart(.slow), processID: 200)
        #expect(bench.died(.apart(.slow)) == [])
        #expect(bench.ready(.ordinary(0), processID: 101) == [])
    }

    @Test func figuresAreByProcess() async {
        _ = bench.ready(.apart(.slow), processID: 300)
        _ = bench.ready(.ordinary(1), processID: 200)
        _ = bench.ready(.ordinary(0), processID: 100)
        #expect(await bench.accept().count == 1)
        let figures = bench.state.figures()
        #expect(figures.map(\.processID) == [100, 200, 300])
        #expect(figures.map(\.isApart) == [false, false, true])
        #expect(figures.map(\.inFlight).reduce(0, +) == 1 && figures[2].inFlight == 0)
        for slot in 0...1 { _ = bench.heard(.ended(id: 1, Self.ok), from: .ordinary(slot)) }
    }

    @Test("What is in trial or waits when the relay stops is charged with nothing")
    func stopChargesNobody() async {
        _ = bench.ready(.ordinary(0), processID: 100)
        for _ in 1...3 { _ = await bench.accept() }
        _ = bench.died(.ordinary(0))
        #expect(bench.ready(.apart(.slow), processID: 200) == ["send 3 to 200"])
        #expect(bench.state.stop().map(\.processID) == [200])
        #expect(bench.heard(.ended(id: 3, Self.ok), from: .apart(.slow)) == ["end"], "it ended in time")
        #expect(bench.heard(.finished(id: 3), from: .apart(.slow)) == [], "no further trial")
        #expect(bench.died(.apart(.slow)) == [])
        bench.endThoseLeft(1, 2)
    }

    @Test("Nor is a trial that the end of its sender cuts short")
    func stopCutsATrialShort() async {
        _ = bench.ready(.ordinary(0), processID: 100)
        _ = await bench.accept()
        _ = bench.died(.ordinary(0))
        #expect(bench.ready(.apart(.slow), processID: 200) == ["send 1 to 200"])
        _ = bench.state.stop()
        #expect(bench.died(.apart(.slow)) == [])
        bench.endThoseLeft(1)
    }
}
