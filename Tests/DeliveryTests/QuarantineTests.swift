import Delivery
import Events
import TestSupport
import Testing

@Suite struct QuarantineTests {
    private func suspect(_ request: UInt64, _ origin: String = "a") -> Quarantine.Suspect {
        Quarantine.Suspect(request: request, origin: Sample.origin(origin))
    }

    /// The trial ends with an answer, and the sender lives.
    private func pass(_ quarantine: inout Quarantine, timedOut: Bool = false) {
        quarantine.decide(timedOut: timedOut)
        _ = quarantine.acquit()
    }

    @Test func suspectsAreTriedOneAtATime() {
        var quarantine = Quarantine()
        #expect(quarantine.isEmpty)
        #expect(quarantine.startTrial() == nil)
        quarantine.suspect([suspect(1), suspect(2, "b")], unfinished: [])
        #expect(!quarantine.isEmpty)
        #expect(quarantine.startTrial() == suspect(1))
        #expect(quarantine.startTrial() == nil, "one is in trial")
        pass(&quarantine)
        #expect(quarantine.trial == nil)
        #expect(quarantine.startTrial() == suspect(2, "b"))
        #expect(!quarantine.isEmpty, "while one is in trial")
        pass(&quarantine)
        #expect(quarantine.isEmpty)
    }

    @Test func theOneThatKillsAgainIsTheCulprit() {
        var quarantine = Quarantine()
        quarantine.suspect([suspect(1), suspect(2, "bad"), suspect(3, "c")], unfinished: [])
        #expect(quarantine.startTrial() == suspect(1))
        pass(&quarantine)
        #expect(quarantine.startTrial() == suspect(2, "bad"))
        #expect(quarantine.convict()?.suspect == suspect(2, "bad"))
        #expect(quarantine.startTrial() == suspect(3, "c"), "the rest is innocent still")
        pass(&quarantine)
        #expect(quarantine.mustBeApart(Sample.origin("bad")))
        #expect(!quarantine.mustBeApart(Sample.origin("c")))
        #expect(quarantine.isEmpty)
    }

    @Test func senderThatDiesIdleConvictsNobody() {
        var quarantine = Quarantine()
        quarantine.suspect([suspect(1)], unfinished: [])
        #expect(quarantine.convict() == nil)
        #expect(quarantine.startTrial() == suspect(1))
        #expect(!quarantine.mustBeApart(Sample.origin()))
    }

    @Test func originWithACulpritStaysApartUntilItAnswers() {
        var quarantine = Quarantine()
        quarantine.suspect([suspect(1, "bad")], unfinished: [])
        _ = quarantine.startTrial()
        _ = quarantine.convict()
        quarantine.add(suspect(2, "bad"))
        #expect(quarantine.startTrial() == suspect(2, "bad"))
        #expect(quarantine.convict()?.suspect == suspect(2, "bad"))
        #expect(quarantine.mustBeApart(Sample.origin("bad")))
        quarantine.add(suspect(3, "bad"))
        #expect(quarantine.startTrial() == suspect(3, "bad"))
        pass(&quarantine)
        #expect(!quarantine.mustBeApart(Sample.origin("bad")))
    }

    @Test func likelyInnocentsGoFirst() {
        var quarantine = Quarantine()
        quarantine.add(suspect(1, "bad"))
        quarantine.add(suspect(2, "worse"))
        quarantine.suspect([suspect(3), suspect(4)], unfinished: [])
        var order: [UInt64] = []
        while let next = quarantine.startTrial() {
            order.append(next.request)
            pass(&quarantine)
        }
        #expect(order == [3, 4, 1, 2])
    }

    @Test func anAnswerThatKillsBehindItsDecisionConvictsWithoutACharge() {
        var quarantine = Quarantine()
        quarantine.suspect([suspect(1, "bad")], unfinished: [])
        _ = quarantine.startTrial()
        quarantine.decide(timedOut: false)
        #expect(quarantine.startTrial() == nil, "something of it is still to come")
        let culprit = quarantine.convict()
        #expect(culprit?.suspect == suspect(1, "bad") && culprit?.isDecided == true)
        #expect(quarantine.mustBeApart(Sample.origin("bad")))
    }

    @Test func originsWithUnfinishedAnswersAreWatchedUntilOneEndsWell() {
        var quarantine = Quarantine()
        quarantine.suspect([], unfinished: [Sample.origin("a"), Sample.origin("b")])
        #expect(quarantine.mustBeApart(Sample.origin("a")) && quarantine.mustBeApart(Sample.origin("b")))
        for request in 1...3 as ClosedRange<UInt64> { quarantine.add(suspect(request)) }
        quarantine.add(suspect(4, "b"))
        #expect(quarantine.startTrial() == suspect(1))
        quarantine.decide(timedOut: false)
        #expect(quarantine.acquit() == [suspect(2), suspect(3)], "they need no trial any more")
        #expect(!quarantine.mustBeApart(Sample.origin("a")))
        #expect(quarantine.startTrial() == suspect(4, "b"))
    }

    @Test func aTimeoutIsNoProofThatACulpritHasMended() {
        var quarantine = Quarantine()
        quarantine.suspect([suspect(1, "bad")], unfinished: [])
        _ = quarantine.startTrial()
        _ = quarantine.convict()
        quarantine.add(suspect(2, "bad"))
        _ = quarantine.startTrial()
        pass(&quarantine, timedOut: true)
        #expect(quarantine.mustBeApart(Sample.origin("bad")))
    }
}
