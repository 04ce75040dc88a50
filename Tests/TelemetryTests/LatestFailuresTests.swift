import Domain
import Telemetry
import TestSupport
import Testing

@Suite struct LatestFailuresTests {
    @Test("The last twenty failures are kept, the newest first")
    func isBounded() throws {
        let failures = LatestFailures()
        for id in 1...50 {
            failures.add(.init(try Sample.delivery(Int64(id)), .timeout, attempts: 4, at: Sample.noon))
        }
        #expect(failures.all.map(\.sequence.rawValue) == Array((31...50).reversed()))
    }

    @Test("A failed delivery is among them, with or without an attempt; a failed attempt is not")
    func counted() throws {
        let meters = Meters(time: ManualTime())
        let delivery = try Sample.delivery(7)
        meters.count(Sample.record(delivery, outcome: .failed(.timeout), verdict: .retry(after: .seconds(1))))
        #expect(meters.latestFailures.all.isEmpty)
        meters.count(Sample.record(delivery, attempt: 4, outcome: .failed(.timeout), verdict: .failed(.timeout)))
        meters.countFailureWithoutAttempt(of: delivery, .backlogFull)
        #expect(meters.latestFailures.all.map(\.reason) == [.backlogFull, .timeout])
        #expect(meters.latestFailures.all.map(\.attempts) == [0, 4])
        #expect(meters.deliveries.byLabel == ["failed": 2])
        let sum = meters.outcomes.sum(ofLast: 300)
        #expect(sum.failed == 2 && sum.failedAttempts == 2 && sum.delivered == 0)
    }
}
