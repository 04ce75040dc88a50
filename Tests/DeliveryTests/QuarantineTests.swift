import Delivery
import Events
import TestSupport
import Testing

@Suite struct QuarantineTests {
    private func suspect(_ request: UInt64, _ origin: String = "a", isTrusted: Bool = false) -> Quarantine.Suspect {
        Quarantine.Suspect(request: request, origin: Sample.origin(origin), isTrusted: isTrusted)
    }

    /// The trial ends, and the sender lives.
    private func pass(
        _ quarantine: inout Quarantine, _ ending: Quarantine.Ending = .answered, on bench: Bench = .slow
    ) {
        quarantine.decide(ending, on: bench)
        _ = quarantine.acquit(on: bench)
    }

    /// A new request to this origin is tried, and kills.
    private func convict(_ quarantine: inout Quarantine, _ origin: String) {
        quarantine.add(suspect(0, origin))
        _ = quarantine.startTrial(on: .slow)
        _ = quarantine.convict(on: .slow)
    }

    /// How many requests to this origin have to be answered before it is no longer apart.
    private func answersUntilReleased(_ quarantine: inout Quarantine, _ origin: String) -> Int {
        var answers = 0
        while quarantine.mustBeApart(Sample.origin(origin)) {
            quarantine.add(suspect(0, origin))
            _ = quarantine.startTrial(on: .slow)
            pass(&quarantine)
            answers += 1
        }
        return answers
    }

    private func order(_ quarantine: inout Quarantine, on bench: Bench) -> [UInt64] {
        var order: [UInt64] = []
        while let next = quarantine.startTrial(on: bench) {
            order.append(next.request)
            pass(&quarantine, on: bench)
        }
        return order
    }

    // MARK: Trials

    @Test func suspectsAreTriedOneAtATime() {
        var quarantine = Quarantine()
        #expect(quarantine.isEmpty)
        #expect(quarantine.startTrial(on: .slow) == nil)
        quarantine.suspect([suspect(1), suspect(2, "b")], unfinished: [])
        #expect(!quarantine.isEmpty)
        #expect(quarantine.startTrial(on: .slow) == suspect(1))
        #expect(quarantine.startTrial(on: .slow) == nil, "one is in trial")
        pass(&quarantine)
        #expect(quarantine.trial(on: .slow) == nil)
        #expect(quarantine.startTrial(on: .slow) == suspect(2, "b"))
        #expect(!quarantine.isEmpty, "while one is in trial")
        pass(&quarantine)
        #expect(quarantine.isEmpty)
    }

    @Test func theOneThatKillsAgainIsTheCulprit() {
        var quarantine = Quarantine()
        quarantine.suspect([suspect(1), suspect(2, "bad"), suspect(3, "c")], unfinished: [])
        #expect(quarantine.startTrial(on: .slow) == suspect(1))
        pass(&quarantine)
        #expect(quarantine.startTrial(on: .slow) == suspect(2, "bad"))
        #expect(quarantine.convict(on: .slow)?.suspect == suspect(2, "bad"))
        #expect(quarantine.startTrial(on: .slow) == suspect(3, "c"), "the rest is innocent still")
        pass(&quarantine)
        #expect(quarantine.mustBeApart(Sample.origin("bad")))
        #expect(!quarantine.mustBeApart(Sample.origin("c")))
        #expect(quarantine.isEmpty)
    }

    @Test func senderThatDiesIdleConvictsNobody() {
        var quarantine = Quarantine()
        quarantine.suspect([suspect(1)], unfinished: [])
        #expect(quarantine.convict(on: .slow) == nil)
        #expect(quarantine.startTrial(on: .slow) == suspect(1))
        #expect(quarantine.convict(on: .quick) == nil, "what dies is the sender of the other bench")
        #expect(!quarantine.mustBeApart(Sample.origin()))
    }

    @Test func anAnswerThatKillsBehindItsDecisionConvictsWithoutACharge() {
        var quarantine = Quarantine()
        quarantine.suspect([suspect(1, "bad")], unfinished: [])
        _ = quarantine.startTrial(on: .slow)
        quarantine.decide(.answered, on: .slow)
        #expect(quarantine.startTrial(on: .slow) == nil, "something of it is still to come")
        let culprit = quarantine.convict(on: .slow)
        #expect(culprit?.suspect == suspect(1, "bad") && culprit?.isDecided == true)
        #expect(quarantine.mustBeApart(Sample.origin("bad")))
    }

    @Test(arguments: [Quarantine.Ending.answered, .failed, .timedOut])
    func originsWithUnfinishedAnswersAreWatchedUntilOneEndsWell(ending: Quarantine.Ending) {
        var quarantine = Quarantine()
        quarantine.suspect([], unfinished: [Sample.origin("a"), Sample.origin("b")])
        #expect(quarantine.mustBeApart(Sample.origin("a")) && quarantine.mustBeApart(Sample.origin("b")))
        for request in 1...3 as ClosedRange<UInt64> { quarantine.add(suspect(request)) }
        quarantine.add(suspect(4, "b"))
        #expect(quarantine.startTrial(on: .slow) == suspect(1))
        quarantine.decide(ending, on: .slow)
        #expect(quarantine.acquit(on: .slow) == [suspect(2), suspect(3)], "they need no trial any more")
        #expect(!quarantine.mustBeApart(Sample.origin("a")))
        #expect(quarantine.startTrial(on: .slow) == suspect(4, "b"))
    }

    // MARK: Benches

    @Test func trustedSuspectsOfALaterDeathDoNotWaitForOthers() {
        var quarantine = Quarantine()
        quarantine.suspect([suspect(1), suspect(2)], unfinished: [])
        #expect(quarantine.startTrial(on: .slow) == suspect(1))
        quarantine.suspect([suspect(3, "b", isTrusted: true), suspect(4, "c")], unfinished: [])
        #expect(quarantine.startTrial(on: .quick) == suspect(3, "b", isTrusted: true))
        pass(&quarantine, on: .quick)
        #expect(quarantine.isEmpty(on: .quick) && !quarantine.isEmpty(on: .slow))
        pass(&quarantine)
        let tried = order(&quarantine, on: .slow)
        #expect(tried == [2, 4])
    }

    @Test func onTheQuickBenchTheFirstToComeGoesFirst() {
        var quarantine = Quarantine()
        quarantine.suspect([suspect(3, isTrusted: true)], unfinished: [Sample.origin("b")])
        quarantine.add(suspect(4, "b", isTrusted: true))
        quarantine.suspect([suspect(1, "c", isTrusted: true), suspect(2, "c", isTrusted: true)], unfinished: [])
        #expect(quarantine.startTrial(on: .slow) == nil)
        let tried = order(&quarantine, on: .quick)
        #expect(tried == [3, 4, 1, 2])
    }

    @Test func onTheSlowBenchLikelyInnocentsGoFirst() {
        var quarantine = Quarantine()
        convict(&quarantine, "bad")
        quarantine.suspect([suspect(1, "hangs"), suspect(2, "hangs")], unfinished: [])
        quarantine.add(suspect(3, "bad", isTrusted: true))
        #expect(quarantine.startTrial(on: .slow) == suspect(1, "hangs"))
        pass(&quarantine, .timedOut)
        quarantine.suspect([], unfinished: [Sample.origin("watched")])
        quarantine.add(suspect(4, "watched"))
        quarantine.suspect([suspect(5), suspect(6)], unfinished: [])
        #expect(quarantine.startTrial(on: .quick) == nil, "who was convicted is not trusted")
        let tried = order(&quarantine, on: .slow)
        #expect(tried == [5, 6, 4, 2, 3])
    }

    @Test func whoHangsOnTheQuickBenchMovesToTheSlowOne() {
        var quarantine = Quarantine()
        quarantine.suspect(
            [suspect(1, isTrusted: true), suspect(2, isTrusted: true), suspect(3, "b", isTrusted: true)],
            unfinished: [])
        #expect(quarantine.startTrial(on: .quick) == suspect(1, isTrusted: true))
        #expect(quarantine.startTrial(on: .slow) == nil)
        quarantine.decide(.timedOut, on: .quick)
        #expect(quarantine.trialHasTimedOut(on: .quick) && !quarantine.trialHasTimedOut(on: .slow))
        #expect(quarantine.startTrial(on: .slow) == suspect(2, isTrusted: true))
        _ = quarantine.acquit(on: .quick)
        #expect(quarantine.startTrial(on: .quick) == suspect(3, "b", isTrusted: true))
    }

    @Test func whoKillsOnTheQuickBenchMovesToTheSlowOne() {
        var quarantine = Quarantine()
        quarantine.suspect(
            [suspect(1, "bad", isTrusted: true), suspect(2, "bad", isTrusted: true), suspect(3, isTrusted: true)],
            unfinished: [])
        _ = quarantine.startTrial(on: .quick)
        #expect(quarantine.convict(on: .quick)?.suspect.request == 1)
        #expect(quarantine.startTrial(on: .quick) == suspect(3, isTrusted: true))
        #expect(quarantine.startTrial(on: .slow) == suspect(2, "bad", isTrusted: true))
    }

    @Test func newcomersAreReleasedFromBothBenches() {
        var quarantine = Quarantine()
        quarantine.suspect([suspect(1)], unfinished: [Sample.origin()])
        _ = quarantine.startTrial(on: .slow)
        quarantine.add(suspect(2, isTrusted: true))
        quarantine.add(suspect(3))
        quarantine.decide(.answered, on: .slow)
        #expect(quarantine.acquit(on: .slow) == [suspect(2, isTrusted: true), suspect(3)])
        #expect(quarantine.isEmpty)
    }

    @Test func trialsOfOneOriginOnBothBenchesMustBothEndWell() {
        var quarantine = Quarantine()
        quarantine.suspect([suspect(1, isTrusted: true), suspect(2)], unfinished: [])
        for bench in Bench.allCases { #expect(quarantine.startTrial(on: bench) != nil) }
        #expect(!quarantine.mustBeApart(Sample.origin()))
        for bench in Bench.allCases {
            quarantine.decide(.answered, on: bench)
            #expect(quarantine.mustBeApart(Sample.origin()), "what follows of the answer may kill")
        }
        quarantine.add(suspect(3))
        #expect(quarantine.acquit(on: .quick) == [])
        #expect(quarantine.acquit(on: .slow) == [suspect(3)])
    }

    // MARK: Convictions

    @Test func originWithACulpritStaysApartUntilItAnswers() {
        var quarantine = Quarantine()
        convict(&quarantine, "bad")
        quarantine.add(suspect(2, "bad"))
        #expect(quarantine.startTrial(on: .slow) == suspect(2, "bad"))
        pass(&quarantine)
        #expect(!quarantine.mustBeApart(Sample.origin("bad")))
    }

    @Test(arguments: [Quarantine.Ending.failed, .timedOut])
    func whatIsNoAnswerIsNoProofThatACulpritHasMended(ending: Quarantine.Ending) {
        var quarantine = Quarantine()
        convict(&quarantine, "bad")
        for request in 2...9 as ClosedRange<UInt64> {
            quarantine.add(suspect(request, "bad"))
            _ = quarantine.startTrial(on: .slow)
            pass(&quarantine, ending)
            #expect(quarantine.mustBeApart(Sample.origin("bad")))
        }
        let answers = answersUntilReleased(&quarantine, "bad")
        #expect(answers == 1)
    }

    @Test func eachConvictionTakesTwiceTheAnswers() {
        var quarantine = Quarantine()
        for owed in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024, 1_024] {
            convict(&quarantine, "bad")
            let answers = answersUntilReleased(&quarantine, "bad")
            #expect(answers == owed)
        }
        convict(&quarantine, "other")
        let answers = answersUntilReleased(&quarantine, "other")
        #expect(answers == 1, "each origin pays for itself")
    }

    @Test func convictionOfAConvictStartsTheCountAnew() {
        var quarantine = Quarantine()
        for _ in 1...3 { convict(&quarantine, "bad") }
        for request in 1...3 as ClosedRange<UInt64> {
            quarantine.add(suspect(request, "bad"))
            _ = quarantine.startTrial(on: .slow)
            pass(&quarantine)
        }
        convict(&quarantine, "bad")
        let answers = answersUntilReleased(&quarantine, "bad")
        #expect(answers == 8)
    }

    @Test("Of released origins 10 000 are remembered; one more, and all before are forgotten")
    func releasedOriginsAreRemembered() {
        var quarantine = Quarantine()
        for number in 1...10_000 {
            convict(&quarantine, "\(number)")
            _ = answersUntilReleased(&quarantine, "\(number)")
        }
        let answers = ["1", "one more", "1"].map { origin in
            convict(&quarantine, origin)
            return answersUntilReleased(&quarantine, origin)
        }
        #expect(answers == [2, 1, 1])
    }
}
