import Domain
import Telemetry
import TestSupport
import Testing

@Suite struct OutcomeHistoryTests {
    private let time = ManualTime()
    private let history: OutcomeHistory

    init() { history = OutcomeHistory(time: time) }

    @Test("A second is shown when it is over, with zeros for those in which nothing happened")
    func seconds() {
        #expect(history.seconds().seconds.isEmpty)
        deliver(.milliseconds(10))
        deliver(.milliseconds(30))
        failAttempt()
        #expect(history.seconds().seconds.isEmpty)
        time.advance(by: .seconds(2))
        let seconds = history.seconds().seconds
        #expect(seconds.map(\.delivered) == [2, 0] && seconds.map(\.failedAttempts) == [1, 0])
        #expect(seconds[1].latency == nil)
        #expect(abs((seconds[0].latency?.p50 ?? 0) - 10) < 0.2 && abs((seconds[0].latency?.p95 ?? 0) - 30) < 0.5)
    }

    @Test("Each second has its own percentiles")
    func percentiles() {
        deliver(.milliseconds(500))
        time.advance(by: .seconds(1))
        deliver(.milliseconds(5))
        time.advance(by: .seconds(1))
        let edges = history.seconds().seconds.map { $0.latency?.p95 ?? 0 }
        #expect(edges.count == 2 && abs(edges[0] - 500) < 5 && abs(edges[1] - 5) < 0.1)
    }

    @Test("The last fifteen minutes are kept, whatever happens in them", arguments: [0, 1, 899, 900, 901, 5_000])
    func isBounded(_ idle: Int) {
        for number in 1...2_000 {
            for _ in 0..<(number % 3) { deliver(.milliseconds(1)) }
            time.advance(by: .seconds(1))
        }
        time.advance(by: .seconds(idle))
        let (start, seconds) = history.seconds()
        #expect(seconds.count == OutcomeHistory.length)
        #expect(start == MonotonicTime(.seconds(2_000 + idle - 900)))
        let expected = (1_101 + idle..<2_001 + idle).map { $0 > 2_000 ? 0 : $0 % 3 }
        #expect(seconds.map(\.delivered) == expected)
    }

    @Test("A sum counts the current second and those before it")
    func sum() {
        deliver(.milliseconds(1), recovered: true)
        time.advance(by: .seconds(299))
        failDelivery()
        #expect(history.sum(ofLast: 300) == outcomes(delivered: 1, recovered: 1, failed: 1, failedAttempts: 1))
        time.advance(by: .seconds(1))
        #expect(history.sum(ofLast: 300) == outcomes(failed: 1, failedAttempts: 1))
        time.advance(by: .seconds(300))
        #expect(history.sum(ofLast: 300) == outcomes())
    }

    @Test("A rate leaves out the current second, and after the start counts the seconds that are over")
    func rate() {
        for _ in 0..<30 { deliver(.milliseconds(1)) }
        #expect(history.rate(overLast: 10).delivered == 0)
        time.advance(by: .seconds(1))
        failAttempt()
        #expect(history.rate(overLast: 10).delivered == 30 && history.rate(overLast: 10).failedAttempts == 0)
        time.advance(by: .seconds(4))
        #expect(history.rate(overLast: 10).delivered == 6 && history.rate(overLast: 10).failedAttempts == 0.2)
        time.advance(by: .seconds(5))
        #expect(history.rate(overLast: 10).delivered == 3)
        time.advance(by: .seconds(1))
        #expect(history.rate(overLast: 10).delivered == 0)
    }

    @Test("A latency below zero or above an hour is counted")
    func extremes() {
        deliver(.seconds(-5))
        deliver(.hours(48))
        time.advance(by: .seconds(1))
        #expect(history.seconds().seconds.first?.delivered == 2)
    }

    private func deliver(_ latency: Duration, recovered: Bool = false) {
        history.count(outcomes(delivered: 1, recovered: recovered ? 1 : 0), latency: latency)
    }

    private func failAttempt() { history.count(outcomes(failedAttempts: 1)) }

    private func failDelivery() { history.count(outcomes(failed: 1, failedAttempts: 1)) }

    private func outcomes(
        delivered: Int = 0, recovered: Int = 0, failed: Int = 0, failedAttempts: Int = 0
    ) -> OutcomeHistory.Outcomes {
        var outcomes = OutcomeHistory.Outcomes()
        (outcomes.delivered, outcomes.recovered) = (delivered, recovered)
        (outcomes.failed, outcomes.failedAttempts) = (failed, failedAttempts)
        return outcomes
    }
}
