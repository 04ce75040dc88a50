import Delivery
import Events
import Testing

@Suite struct LookupTableTests {
    private static let found = LookupResult.found([.v4(IPv4Address(bits: 0x0808_0808))])

    private func time(_ seconds: Double) -> MonotonicTime { MonotonicTime(.seconds(seconds)) }

    @Test func anAnswerServesForAWhile() {
        var table = LookupTable()
        #expect(table.ask("a", now: time(0)) == .lookUp)
        table.ended("a", Self.found, now: time(1))
        #expect(table.ask("a", now: time(5.9)) == .known(Self.found))
        #expect(table.ask("b", now: time(5.9)) == .lookUp, "another name")
        #expect(table.ask("a", now: time(6)) == .lookUp, "the answer is five seconds old")
    }

    @Test(arguments: [LookupResult.notFound, .unanswered])
    func aFailureServesForLess(_ result: LookupResult) {
        var table = LookupTable()
        _ = table.ask("a", now: time(0))
        table.ended("a", result, now: time(0))
        #expect(table.ask("a", now: time(0.9)) == .known(result))
        #expect(table.ask("a", now: time(1)) == .lookUp)
    }

    @Test func aLookUpThatHungSpeaksForNoneAfterIt() {
        var table = LookupTable()
        _ = table.ask("a", now: time(0))
        table.ended("a", .unanswered, now: time(10))
        #expect(table.ask("a", now: time(10)) == .lookUp)
        table.ended("a", .notFound, now: time(20))
        #expect(table.ask("a", now: time(20.9)) == .known(.notFound), "somebody answered, late as it is")
    }

    @Test func oneLookUpServesAllWhoAsk() {
        var table = LookupTable()
        #expect(table.ask("a", now: time(0)) == .lookUp)
        #expect(table.ask("a", now: time(100)) == .join)
        table.ended("a", Self.found, now: time(100))
        #expect(table.ask("a", now: time(100)) == .known(Self.found))
    }

    @Test func lookUpsThatHangAreBounded() {
        var limits = LookupTable.Limits()
        limits.lookups = 2
        var table = LookupTable(limits: limits)
        #expect(table.ask("a", now: time(0)) == .lookUp)
        #expect(table.ask("b", now: time(0)) == .lookUp)
        #expect(table.ask("c", now: time(0)) == .known(.unanswered))
        #expect(table.ask("b", now: time(0)) == .join)
        table.ended("a", .notFound, now: time(0))
        #expect(table.ask("c", now: time(0)) == .lookUp)
    }

    @Test func namesThatHaveExpiredAreForgotten() {
        var limits = LookupTable.Limits()
        limits.names = 2
        var table = LookupTable(limits: limits)
        for name in ["a", "b"] {
            _ = table.ask(name, now: time(0))
            table.ended(name, Self.found, now: time(0))
        }
        #expect(table.ask("c", now: time(6)) == .lookUp)
        #expect(table.nameCount == 1)
    }
}
