import Testing
import Transport

@Suite struct DeadlinesTests {
    private let start = ContinuousClock.now

    private func time(_ seconds: Int) -> ContinuousClock.Instant { start + .seconds(seconds) }

    private func due(_ deadlines: inout Deadlines<Int>, at seconds: Int) -> [Int] {
        var found: [Int] = []
        while let id = deadlines.takeDue(time(seconds)) { found.append(id) }
        return found
    }

    @Test("Deadlines are due in order, once each, and never early")
    func order() {
        var deadlines = Deadlines<Int>()
        for id in [3, 1, 2] { deadlines.set(id, time(id)) }
        #expect(deadlines.next == time(1))
        #expect(due(&deadlines, at: 0) == [])
        #expect(due(&deadlines, at: 2) == [1, 2])
        #expect(due(&deadlines, at: 9) == [3])
        #expect(due(&deadlines, at: 9) == [])
    }

    @Test("A replaced or removed deadline is never due")
    func changes() {
        var deadlines = Deadlines<Int>()
        for id in 1...3 { deadlines.set(id, time(id)) }
        deadlines.set(1, time(5))
        deadlines.remove(2)
        #expect(due(&deadlines, at: 4) == [3])
        #expect(due(&deadlines, at: 5) == [1])
    }

    @Test("Deadlines of ended transfers do not accumulate")
    func ended() {
        var deadlines = Deadlines<Int>()
        deadlines.set(-1, time(1_000_000))
        for id in 0..<100_000 {
            deadlines.set(id, time(1_000_000 - id))
            deadlines.remove(id)
        }
        #expect(deadlines.count <= 2_048)
        #expect(due(&deadlines, at: 1_000_000) == [-1])
    }
}
