package import Domain

/// The figures of one lane for status.
package struct LaneFigures: Sendable {
    package let origin: Origin
    package let state: OriginState
    package let inFlight: Int
    package let ready: Int
    /// Retries whose wait is not over.
    package let waiting: Int
    /// Deliveries that wait for a predecessor in their ordered workflow.
    package let behindHead: Int
    /// The outbox holds more deliveries than are counted here.
    package let hasBacklog: Bool
    /// When the state began; nil: before the start of the relay, or no attempt has ended yet.
    package let since: MonotonicTime?
    /// The error of the last attempt; nil if it succeeded.
    package let lastError: ErrorClass?
    /// When the lane may start its next attempt; nil: it waits for no time, or has nothing to start.
    package let nextAttempt: MonotonicTime?
    /// The receiver asked for no attempt until then.
    package let pausedUntil: MonotonicTime?

    package init(
        origin: Origin, state: OriginState, inFlight: Int, ready: Int, waiting: Int, behindHead: Int, hasBacklog: Bool,
        since: MonotonicTime?, lastError: ErrorClass?, nextAttempt: MonotonicTime?, pausedUntil: MonotonicTime?
    ) {
        self.origin = origin
        self.state = state
        self.inFlight = inFlight
        self.ready = ready
        self.waiting = waiting
        self.behindHead = behindHead
        self.hasBacklog = hasBacklog
        self.since = since
        self.lastError = lastError
        self.nextAttempt = nextAttempt
        self.pausedUntil = pausedUntil
    }

    /// Deliveries held in memory.
    package var pending: Int { ready + waiting + behindHead + inFlight }
}
