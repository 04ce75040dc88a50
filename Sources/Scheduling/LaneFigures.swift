package import Domain

/// What status shows of one lane.
package struct LaneFigures: Sendable {
    package let origin: Origin
    package let state: OriginState
    package let inFlight: Int
    package let ready: Int
    /// Retries whose wait is not over.
    package let waiting: Int
    /// Deliveries that wait for those before them in their ordered workflow.
    package let behindHead: Int
    /// More deliveries lie in the outbox than are counted here.
    package let hasBacklog: Bool

    /// Deliveries held in memory.
    package var pending: Int { ready + waiting + behindHead + inFlight }
}
