/// How often a failed delivery is attempted again, and after which waits. `Scheduling` applies it.
package struct RetryPolicy: Hashable, Sendable {
    /// Attempts after the first one, 0 to 100; a registration may say otherwise.
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
}
