import Delivery
import Events
import TestSupport
import Testing

@Suite struct QuarantineTests {
    private func suspect(_ request: UInt64, _ origin: String = "a") -> Quarantine.Suspect {
        Quarantine.Suspect(request: request, origin: Sample.origin(origin))
    }

    @Test func suspectsAreTriedOneAtATime() {
        var quarantine = Quarantine()
        #expect(quarantine.isEmpty)
        #expect(quarantine.startTrial() == nil)
        quarantine.suspect([suspect(1), suspect(2, "b")])
        #expect(!quarantine.isEmpty)
        #expect(quarantine.startTrial() == suspect(1))
        #expect(quarantine.startTrial() == nil, "one is in trial")
        quarantine.acquit()
        #expect(quarantine.trial == nil)
        #expect(quarantine.startTrial() == suspect(2, "b"))
        #expect(!quarantine.isEmpty, "while one is in trial")
        quarantine.acquit()
        #expect(quarantine.isEmpty)
    }

    @Test func theOneThatKillsAgainIsTheCulprit() {
        var quarantine = Quarantine()
        quarantine.suspect([suspect(1), suspect(2, "bad"), suspect(3, "c")])
        #expect(quarantine.startTrial() == suspect(1))
        quarantine.acquit()
        #expect(quarantine.startTrial() == suspect(2, "bad"))
        #expect(quarantine.convict() == suspect(2, "bad"))
        #expect(quarantine.startTrial() == suspect(3, "c"), "the rest is innocent still")
        quarantine.acquit()
        #expect(quarantine.mustBeApart(Sample.origin("bad")))
        #expect(!quarantine.mustBeApart(Sample.origin("c")))
        #expect(quarantine.isEmpty)
    }

    @Test func senderThatDiesIdleConvictsNobody() {
        var quarantine = Quarantine()
        quarantine.suspect([suspect(1)])
        #expect(quarantine.convict() == nil)
        #expect(quarantine.startTrial() == suspect(1))
        #expect(!quarantine.mustBeApart(Sample.origin()))
    }

    @Test func originWithACulpritStaysApartUntilItAnswers() {
        var quarantine = Quarantine()
        quarantine.suspect([suspect(1, "bad")])
        _ = quarantine.startTrial()
        _ = quarantine.convict()
        quarantine.add(suspect(2, "bad"))
        #expect(quarantine.startTrial() == suspect(2, "bad"))
        #expect(quarantine.convict() == suspect(2, "bad"))
        #expect(quarantine.mustBeApart(Sample.origin("bad")))
        quarantine.add(suspect(3, "bad"))
        #expect(quarantine.startTrial() == suspect(3, "bad"))
        quarantine.acquit()
        #expect(!quarantine.mustBeApart(Sample.origin("bad")))
    }

    @Test func likelyInnocentsGoFirst() {
        var quarantine = Quarantine()
        quarantine.add(suspect(1, "bad"))
        quarantine.add(suspect(2, "bad"))
        quarantine.suspect([suspect(3), suspect(4)])
        var order: [UInt64] = []
        while let next = quarantine.startTrial() {
            order.append(next.request)
            quarantine.acquit()
        }
        #expect(order == [3, 4, 1, 2])
    }
}
