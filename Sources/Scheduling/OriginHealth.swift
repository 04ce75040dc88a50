internal import Domain

/// What the last attempts to an origin say about it.
struct OriginHealth: Sendable {
    private enum LastAttempt {
        case none
        case ended
        case timedOut
    }

    /// Failures in a row after which an origin is failing. More than the retries of a few deliveries can cause.
    private static let failureThreshold = 32
    private static let minPause = Duration.milliseconds(125)
    private static let maxPause = Duration.seconds(1)

    private var lastAttempt = LastAttempt.none
    private var failuresInARow = 0
    /// When the current state began; nil: before the start of the relay, or no attempt has ended yet.
    private(set) var since: MonotonicTime?
    /// The error of the last attempt; nil if it succeeded, or none has ended since the start of the relay.
    private(set) var lastError: ErrorClass?

    init() {}

    /// The health of an origin after a restart, derived from the outcome of its latest delivery.
    ///
    /// - Returns: nil if the outcome says nothing, because a delivery is being retried or the error class is not known.
    init?(_ outcome: OriginOutcome) {
        guard !outcome.isRetrying else { return nil }
        switch outcome.state {
        case .pending: return nil
        case .delivered: lastAttempt = .ended
        case .failed(let error):
            guard let timedOut = error.isTimeout else { return nil }
            lastAttempt = timedOut ? .timedOut : .ended
        }
    }

    var state: OriginState {
        switch lastAttempt {
        case .none: .unknown
        case .timedOut: .hanging
        case .ended: isFailing ? .failing : .answering
        }
    }

    /// Nothing is known about the origin.
    var isBlank: Bool { lastAttempt == .none && failuresInARow == 0 }

    private var isFailing: Bool { failuresInARow >= Self.failureThreshold }

    /// - Parameter error: nil if it was delivered.
    mutating func attemptEnded(_ error: ErrorClass?, timedOut: Bool, now: MonotonicTime) {
        let before = state
        lastAttempt = timedOut ? .timedOut : .ended
        failuresInARow = error == nil ? 0 : failuresInARow + 1
        lastError = error
        if state != before { since = now }
    }

    /// The pause after the last attempt. The first success ends the pauses, however many attempts have failed.
    ///
    ///     failures in a row   …31   32     33     34    35 …
    ///     pause in s            0   0.125  0.25   0.5   1
    var pause: Duration {
        isFailing ? .doubling(Self.minPause, times: failuresInARow - Self.failureThreshold, max: Self.maxPause) : .zero
    }
}
