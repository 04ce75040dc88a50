import Domain
import Routing
import TestSupport
import Testing

@Suite struct UnmatchedGraceTests {
    private func second(_ number: Double) -> MonotonicTime {
        MonotonicTime(.milliseconds(Int((number * 1_000).rounded())))
    }
    private let w = CorrelationID("w")
    private let v = CorrelationID("v")

    @Test func artifactsAreHeldForTheGraceAndNoLonger() {
        var grace = UnmatchedGrace<String>(grace: .seconds(2))
        grace.hold("a", of: w, bytes: 10, now: second(0))
        grace.hold("b", of: v, bytes: 10, now: second(1))
        #expect(grace.nextExpiry() == second(2))
        #expect(grace.expire(now: second(1.999)) == [])
        #expect(grace.expire(now: second(2)) == ["a"])
        #expect(grace.nextExpiry() == second(3))
        #expect(grace.expire(now: second(9)) == ["b"])
        #expect(grace.nextExpiry() == nil)
        #expect(grace.bytes == 0)
        #expect(grace.held(of: w) == [])
    }

    @Test func registrationFindsEarlierArtifacts() {
        var grace = UnmatchedGrace<String>(grace: .seconds(2))
        for (index, name) in ["a", "b", "c", "d"].enumerated() {
            grace.hold(name, of: index == 1 ? v : w, bytes: 10, now: second(Double(index) / 10))
        }
        #expect(grace.held(of: w) == ["a", "c", "d"])
        #expect(grace.held(of: w) == ["a", "c", "d"], "a query releases nothing")
        #expect(grace.bytes == 40)
        grace.release(w)
        #expect(grace.held(of: w) == [])
        #expect(grace.bytes == 10)
        #expect(grace.nextExpiry() == second(2.1))
        #expect(grace.expire(now: second(9)) == ["b"])
    }

    @Test func newArtifactsOfAReleasedWorkflowAreHeldForTheirOwnGrace() {
        var grace = UnmatchedGrace<String>(grace: .seconds(2))
        grace.hold("a", of: w, bytes: 1, now: second(0))
        grace.release(w)
        grace.release(w)
        grace.hold("b", of: w, bytes: 1, now: second(1))
        #expect(grace.held(of: w) == ["b"])
        #expect(grace.expire(now: second(2)) == [], "the second artifact has its own grace")
        #expect(grace.expire(now: second(3)) == ["b"])
    }

    @Test func beyondTheLimitTheOldestIsReleasedFirst() {
        var grace = UnmatchedGrace<String>(grace: .seconds(2), maxBytes: 100)
        for name in ["a", "b", "c"] { grace.hold(name, of: w, bytes: 40, now: second(0)) }
        #expect(grace.expire(now: second(0)) == ["a"])
        #expect(grace.bytes == 80)
        #expect(grace.held(of: w) == ["b", "c"])
        grace.hold("large", of: v, bytes: 101, now: second(1))
        #expect(grace.expire(now: second(1)) == ["b", "c", "large"])
        #expect(grace.bytes == 0)
        grace.hold("fits", of: v, bytes: 100, now: second(1))
        #expect(grace.expire(now: second(1)) == [])
    }

    @Test func theDefaultLimitIsSixteenMebibytes() {
        var grace = UnmatchedGrace<Int>(grace: .seconds(2))
        for number in 0..<16 { grace.hold(number, of: w, bytes: 1 << 20, now: second(0)) }
        #expect(grace.expire(now: second(0)) == [])
        grace.hold(16, of: w, bytes: 1, now: second(0))
        #expect(grace.expire(now: second(0)) == [0])
    }

    @Test("Nothing is lost, kept twice or out of order", arguments: 1...20 as ClosedRange<UInt64>)
    func nothingIsLostOrDuplicated(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var grace = UnmatchedGrace<Int>(grace: .seconds(5), maxBytes: 2_000)
        var model: [(number: Int, workflow: Int, bytes: Int, until: Int)] = []
        for now in 0..<500 {
            let workflow = Int.random(in: 0..<4, using: &random)
            if Int.random(in: 0..<8, using: &random) == 0 {
                let id = CorrelationID("\(workflow)")
                #expect(grace.held(of: id) == model.filter { $0.workflow == workflow }.map(\.number))
                grace.release(id)
                model.removeAll { $0.workflow == workflow }
            } else {
                let bytes = Int.random(in: 1...700, using: &random)
                grace.hold(now, of: CorrelationID("\(workflow)"), bytes: bytes, now: second(Double(now)))
                model.append((now, workflow, bytes, now + 5))
            }
            var expected: [Int] = []
            while let first = model.first, first.until <= now || model.map(\.bytes).reduce(0, +) > 2_000 {
                expected.append(model.removeFirst().number)
            }
            #expect(grace.expire(now: second(Double(now))) == expected)
            #expect(grace.bytes == model.map(\.bytes).reduce(0, +))
            #expect(grace.nextExpiry() == model.first.map { second(Double($0.until)) })
        }
    }
}
