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
    /// When an attempt brought the state about; nil: none has since the start of the relay.
    package let since: MonotonicTime?
    /// The error of the last attempt; nil if it succeeded.
    package let lastError: ErrorClass?
    /// When the lane may start its next attempt; nil: it waits for no time, or has nothing to start.
    package let nextAttempt: MonotonicTime?
    /// The receiver asked for no attempt until then.
    package let pausedUntil: MonotonicTime?

    /// Deliveries held in memory.
    package var pending: Int { ready + waiting + behindHead + inFlight }
}
