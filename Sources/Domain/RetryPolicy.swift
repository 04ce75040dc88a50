/// How often and after which waits a failed delivery is retried. `Scheduling` applies it.
package struct RetryPolicy: Hashable, Sendable {
    /// Attempts after the first one, 0 to 100. A registration may override it.
    package var maxRetries: Int
    package var baseDelay: Duration
    /// At least 1.
    package var multiplier: Double
    package var maxDelay: Duration
    /// The largest fraction of a wait that is added to it at random, 0 to 1.
    package var jitter: Double
    /// HTTP statuses after which a delivery is not retried.
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
}
