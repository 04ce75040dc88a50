package import Events

/// One origin at a glance.
package struct LaneFigures: Sendable {
    package let origin: Origin
    package let inFlight: Int
    package let ready: Int
    /// Retries whose time has not come.
    package let waiting: Int
    /// Waiting for those before them in their ordered workflow.
    package let behindHead: Int
    package let isHanging: Bool
    /// Failed so often in a row that it is asked one at a time, with pauses.
    package let isFailing: Bool
    /// More deliveries lie in the outbox than are counted here.
    package let hasBacklog: Bool
}
