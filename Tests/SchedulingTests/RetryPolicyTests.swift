import Scheduling
import Domain
import TestSupport
import Testing

@Suite struct RetryPolicyTests {
    static let waits: [(attempt: Int, seconds: Int)] = [
        (1, 1), (2, 2), (3, 4), (4, 8), (5, 16), (6, 32), (7, 60), (8, 60), (100, 60), (10_000, 60),
    ]

    @Test("The default backoff is 1 s, 2 s, 4 s, … up to a minute", arguments: waits)
    func defaultBackoff(_ attempt: Int, _ seconds: Int) {
        #expect(RetryPolicy().wait(afterAttempt: attempt, retryAfter: nil, chance: 0) == .seconds(seconds))
    }

    static let policies: [(policy: RetryPolicy, attempt: Int, chance: Double, wait: Duration)] = [
        (RetryPolicy(jitter: 0.5), 1, 1, .milliseconds(1_500)), (RetryPolicy(jitter: 0.5), 3, 0.5, .seconds(5)),
        (RetryPolicy(jitter: 0), 2, 1, .seconds(2)), (RetryPolicy(multiplier: 1), 50, 0, .seconds(1)),
        (RetryPolicy(multiplier: 100), 2, 0, .seconds(60)), (RetryPolicy(multiplier: 1.5), 3, 0, .milliseconds(2_250)),
        (RetryPolicy(baseDelay: .zero), 9, 1, .zero), (RetryPolicy(baseDelay: .seconds(90)), 1, 0, .seconds(60)),
        (RetryPolicy(maxDelay: .zero), 3, 0, .zero),
        (RetryPolicy(baseDelay: .milliseconds(100)), 4, 0, .milliseconds(800)),
        (RetryPolicy(), 0, 0, .seconds(1)),
    ]

    @Test(arguments: policies)
    func backoffFollowsThePolicy(_ policy: RetryPolicy, _ attempt: Int, _ chance: Double, _ wait: Duration) {
        #expect(policy.wait(afterAttempt: attempt, retryAfter: nil, chance: chance) == wait)
    }

    @Test func jitterOnlyLengthensAWait() {
        var random = SeededGenerator(seed: 6)
        for attempt in 1...8 {
            let least = RetryPolicy(jitter: 0).wait(afterAttempt: attempt, retryAfter: nil, chance: 0)
            for _ in 0..<100 {
                let chance = Double.random(in: 0...1, using: &random)
                let wait = RetryPolicy(jitter: 0.1).wait(afterAttempt: attempt, retryAfter: nil, chance: chance)
                #expect(wait >= least && wait.inSeconds <= least.inSeconds * 1.1 + 0.000_001)
            }
        }
    }

    static let requested: [(retryAfter: Duration?, attempt: Int, wait: Duration)] = [
        (nil, 3, .seconds(4)), (.zero, 3, .seconds(4)), (.seconds(3), 3, .seconds(4)), (.seconds(4), 3, .seconds(4)),
        (.seconds(5), 3, .seconds(5)), (.seconds(60), 1, .seconds(60)), (.seconds(61), 1, .seconds(60)),
        (.seconds(86_400), 1, .seconds(60)),
    ]

    @Test("A wait is max(backoff, min(Retry-After, max-delay))", arguments: requested)
    func retryAfter(_ retryAfter: Duration?, _ attempt: Int, _ wait: Duration) {
        #expect(RetryPolicy().wait(afterAttempt: attempt, retryAfter: retryAfter, chance: 0) == wait)
    }

    static let outcomes: [(outcome: AttemptOutcome, attempt: Int, maxRetries: Int, verdict: Verdict)] = [
        (.answered(status: 200, retryAfter: nil), 1, 3, .delivered),
        (.answered(status: 299, retryAfter: "9"), 9, 3, .delivered),
        (.answered(status: 204, retryAfter: nil), 1, 0, .delivered),
        (.answered(status: 302, retryAfter: nil), 1, 3, .retry(after: .seconds(1))),
        (.answered(status: 404, retryAfter: nil), 2, 3, .retry(after: .seconds(2))),
        (.answered(status: 500, retryAfter: nil), 3, 3, .retry(after: .seconds(4))),
        (.answered(status: 500, retryAfter: nil), 4, 3, .failed(.http(500))),
        (.answered(status: 500, retryAfter: nil), 5, 3, .failed(.http(500))),
        (.answered(status: 500, retryAfter: nil), 1, 0, .failed(.http(500))),
        (.answered(status: 410, retryAfter: nil), 1, 3, .failed(.http(410))),
        (.answered(status: 429, retryAfter: "7"), 1, 3, .retry(after: .seconds(7))),
        (.answered(status: 503, retryAfter: "7"), 1, 3, .retry(after: .seconds(7))),
        (.answered(status: 503, retryAfter: "Wed, 18 Nov 2026 11:06:45 GMT"), 1, 3, .retry(after: .seconds(5))),
        (.answered(status: 500, retryAfter: "7"), 1, 3, .retry(after: .seconds(1))),
        (.answered(status: 302, retryAfter: "7"), 1, 3, .retry(after: .seconds(1))),
        (.answered(status: 429, retryAfter: "soon"), 1, 3, .retry(after: .seconds(1))),
        (.answered(status: 429, retryAfter: "7"), 4, 3, .failed(.http(429))),
        (.failed(.timeout), 1, 3, .retry(after: .seconds(1))), (.failed(.timeout), 4, 3, .failed(.timeout)),
        (.failed(.dnsError), 1, 3, .retry(after: .seconds(1))),
        (.failed(.addressNotAllowed), 1, 3, .failed(.addressNotAllowed)),
    ]

    @Test("An outcome is retried, delivered or failed; 410 is final here", arguments: outcomes)
    func judges(_ outcome: AttemptOutcome, _ attempt: Int, _ maxRetries: Int, _ verdict: Verdict) {
        let policy = RetryPolicy(finalStatuses: [410])
        let judged = policy.judge(outcome, attempt: attempt, maxRetries: maxRetries, now: Self.now, chance: 0)
        #expect(judged == verdict)
    }

    static let pauses: [(outcome: AttemptOutcome, pause: Duration)] = [
        (.answered(status: 429, retryAfter: "7"), .seconds(7)), (.answered(status: 503, retryAfter: "7"), .seconds(7)),
        (.answered(status: 503, retryAfter: "Wed, 18 Nov 2026 11:06:45 GMT"), .seconds(5)),
        (.answered(status: 429, retryAfter: "86400"), .seconds(60)), (.answered(status: 429, retryAfter: "0"), .zero),
        (.answered(status: 429, retryAfter: "soon"), .zero), (.answered(status: 429, retryAfter: nil), .zero),
        (.answered(status: 500, retryAfter: "7"), .zero), (.answered(status: 200, retryAfter: "7"), .zero),
        (.failed(.timeout), .zero),
    ]

    @Test("Retry-After pauses the origin for at most max-delay, with 429 and 503 only", arguments: pauses)
    func requestedPause(_ outcome: AttemptOutcome, _ pause: Duration) {
        #expect(RetryPolicy(maxRetries: 0, finalStatuses: [429]).requestedPause(outcome, now: Self.now) == pause)
    }

    /// 2026-11-18T11:06:40Z.
    private static let now = Sample.timeOfDay
}
