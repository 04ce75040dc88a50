internal import Domain

/// What the outcome of an export request means for its spans (OTLP specification, OTLP/HTTP: Failures).
enum ExportVerdict: Hashable {
    case exported
    case retry(after: Duration)
    case drop

    private static let retryableStatuses: Set = [429, 502, 503, 504]
    private static let baseDelay = Duration.seconds(1)
    private static let maxDelay = Duration.seconds(30)
    /// Maximum `Retry-After` that is obeyed, so that one answer cannot stop the export.
    private static let maxRetryAfter = Duration.seconds(60)

    /// - Parameters:
    ///   - requests: the requests for these spans so far, at least 1.
    ///   - chance: a random number from 0 to 1. The wait is between half and all of 1 s, 2 s, 4 s, … 30 s.
    init(_ result: SendResult, requests: Int, now: WallTime, chance: Double) {
        let backoff = Duration.doubling(Self.baseDelay, times: requests - 1, max: Self.maxDelay) * (0.5 + chance / 2)
        switch result {
        case .ended(.answered(let status, _)) where (200...299).contains(status): self = .exported
        case .ended(.answered(let status, let retryAfter)):
            guard Self.retryableStatuses.contains(status) else {
                self = .drop
                return
            }
            let asked = retryAfter.flatMap { RetryAfter.wait($0, now: now) } ?? .zero
            self = .retry(after: max(backoff, min(asked, Self.maxRetryAfter)))
        case .ended(.failed), .notSent: self = .retry(after: backoff)
        }
    }
}
