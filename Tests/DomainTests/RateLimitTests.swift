import Domain
import Testing

@Suite struct RateLimitTests {
    private func time(_ seconds: Double) -> MonotonicTime { MonotonicTime(.seconds(seconds)) }

    @Test("Events above the limit are counted until the next one is admitted")
    func omitted() {
        var limit = RateLimit(2, per: .seconds(1))
        var found: [Int?] = []
        for second in [0.1, 0.2, 0.3, 0.9, 1.1, 1.2, 1.3] { found.append(limit.admit(at: time(second))) }
        #expect(found == [0, 0, nil, nil, 2, 0, nil])
    }
}

@Suite struct RecurringProblemTests {
    private func time(_ seconds: Double) -> MonotonicTime { MonotonicTime(.seconds(seconds)) }

    @Test("A problem that lasts is logged once, and so is its end")
    func lasting() {
        var problem = RecurringProblem()
        var begins: [Int] = []
        for second in 0..<600 {
            if let omitted = problem.noticed(at: time(Double(second))) { begins.append(omitted) }
        }
        #expect(begins == [0])
        let ends = [problem.ended(), problem.ended()]
        #expect(ends == [true, false])
    }

    @Test("A problem that comes and goes ten times a second is logged ten times a minute")
    func recurring() {
        var problem = RecurringProblem()
        var begins: [Int] = []
        var ends = 0
        for tenth in 0..<1_800 {
            if let omitted = problem.noticed(at: time(Double(tenth) / 10)) { begins.append(omitted) }
            ends += problem.ended() ? 1 : 0
        }
        #expect(begins.count == 30 && ends == 30)
        #expect(begins.reduce(0, +) == 2 * 590)
    }

    @Test("A beginning that was omitted is logged as soon as the limit admits it")
    func omittedBeginning() {
        var problem = RecurringProblem()
        for _ in 1...10 {
            _ = problem.noticed(at: time(0))
            _ = problem.ended()
        }
        var found: [Int?] = []
        for second in [1.0, 59, 60, 61] { found.append(problem.noticed(at: time(second))) }
        #expect(found == [nil, nil, 0, nil])
        let isEndLogged = problem.ended()
        #expect(isEndLogged)
    }
}
