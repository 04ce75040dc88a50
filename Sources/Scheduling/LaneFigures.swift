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

    /// Deliveries held in memory.
    package var pending: Int { ready + waiting + behindHead + inFlight }
}
