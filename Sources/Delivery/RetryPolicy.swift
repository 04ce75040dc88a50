package import Events

/// When a failed attempt is made again.
///
///     wait(n) = min(baseDelay × multiplier^(n-1), maxDelay) × (1 + jitter × random)
///
/// With the defaults (1 s, 2, 60 s) and a jitter of 0:
///
///     after attempt   1   2   3   4    5    6    7
///     wait in s       1   2   4   8   16   32   60
package struct RetryPolicy: Hashable, Sendable {
    package var maxRetries: Int
    package var baseDelay: Duration
    /// At least 1.
    package var multiplier: Double
    package var maxDelay: Duration
    /// Greatest fraction that chance adds to a wait, 0 to 1.
    package var jitter: Double
    /// Statuses that end a delivery at once.
    package var finalStatuses: Set<Int>

    package init(
        maxRetries: Int = 3, baseDelay: Duration = .seconds(1), multiplier: Double = 2,
        maxDelay: Duration = .seconds(60), jitter: Double = 0.1, finalStatuses: Set<Int> = []
    ) {
        self.maxRetries = maxRetries
        self.baseDelay = baseDelay
        self.multiplier = multiplier
        self.maxDelay = maxDelay
        self.jitter = jitter
        self.finalStatuses = finalStatuses
    }

    /// The wait after a failed attempt.
    ///
    /// - Parameters:
    ///   - attempt: the number of the attempt that failed, from 1.
    ///   - retryAfter: what the receiver asked for; honoured up to `maxDelay`, and never shortens the wait.
    ///   - chance: a random number from 0 to 1.
    package func wait(afterAttempt attempt: Int, retryAfter: Duration?, chance: Double) -> Duration {
        var delay = min(baseDelay, maxDelay)
        for _ in 1..<max(1, attempt) where delay < maxDelay { delay = min(delay * multiplier, maxDelay) }
        return max(delay * (1 + jitter * chance), min(retryAfter ?? .zero, maxDelay))
    }

    /// What the outcome of an attempt means.
    ///
    /// - Parameters:
    ///   - attempt: its number, from 1.
    ///   - maxRetries: attempts that may follow the first one, as the registration says.
    ///   - chance: a random number from 0 to 1.
    package func judge(
        _ outcome: AttemptOutcome, attempt: Int, maxRetries: Int, now: WallTime, chance: Double
    ) -> Verdict {
        guard let error = outcome.errorClass else { return .delivered }
        if error == .addressNotAllowed || attempt > maxRetries { return .failed(error) }
        if let status = outcome.status, finalStatuses.contains(status) { return .failed(error) }
        return .retry(
            after: wait(afterAttempt: attempt, retryAfter: Self.requestedWait(outcome, now: now), chance: chance))
    }

    /// The wait that `Retry-After` asks for: it counts on 429 and 503 only.
    private static func requestedWait(_ outcome: AttemptOutcome, now: WallTime) -> Duration? {
        guard case .answered(let status, let header?) = outcome, status == 429 || status == 503 else { return nil }
        return RetryAfter.wait(header, now: now)
    }
}
