package import Domain

/// Calculates when a failed delivery is attempted again.
///
///     wait(n) = min(baseDelay × multiplier^(n-1), maxDelay) × (1 + jitter × random)
///
/// With the defaults (1 s, 2, 60 s) and a jitter of 0:
///
///     after attempt   1   2   3   4    5    6    7
///     wait in s       1   2   4   8   16   32   60
extension RetryPolicy {
    /// The wait after a failed attempt.
    ///
    /// - Parameters:
    ///   - attempt: the number of the attempt that failed, from 1.
    ///   - retryAfter: the wait that the receiver asked for. It counts up to `maxDelay` and never shortens the wait.
    ///   - chance: a random number from 0 to 1.
    package func wait(afterAttempt attempt: Int, retryAfter: Duration?, chance: Double) -> Duration {
        let delay = Duration.multiplying(baseDelay, by: multiplier, times: attempt - 1, max: maxDelay)
        return max(delay * (1 + jitter * chance), min(retryAfter ?? .zero, maxDelay))
    }

    /// What the outcome of an attempt means for its delivery.
    ///
    /// - Parameters:
    ///   - attempt: its number since the delivery was accepted or last redelivered, from 1.
    ///   - maxRetries: attempts that may follow the first one, as the registration says.
    ///   - chance: a random number from 0 to 1.
    package func judge(
        _ outcome: AttemptOutcome, attempt: Int, maxRetries: Int, now: WallTime, chance: Double
    ) -> Verdict {
        guard let error = outcome.errorClass else { return .delivered }
        if isFinal(error) || attempt > maxRetries { return .failed(error) }
        return .retry(
            after: wait(afterAttempt: attempt, retryAfter: Self.requestedWait(outcome, now: now), chance: chance))
    }

    /// How long the receiver asks for no further attempt to its origin, at most `maxDelay`; zero if it does not ask.
    package func requestedPause(_ outcome: AttemptOutcome, now: WallTime) -> Duration {
        min(Self.requestedWait(outcome, now: now) ?? .zero, maxDelay)
    }

    private func isFinal(_ error: ErrorClass) -> Bool {
        switch error {
        case .http(let status): finalStatuses.contains(status)
        case .addressNotAllowed, .backlogFull: true
        case .dnsError, .connectionRefused, .connectionReset, .timeout, .tlsError, .protocolError, .responseTooLarge,
            .unrecognized:
            false
        }
    }

    /// The wait that `Retry-After` asks for. It counts only with status 429 or 503.
    private static func requestedWait(_ outcome: AttemptOutcome, now: WallTime) -> Duration? {
        guard case .answered(let status, let header?) = outcome, status == 429 || status == 503 else { return nil }
        return RetryAfter.wait(header, now: now)
    }
}
