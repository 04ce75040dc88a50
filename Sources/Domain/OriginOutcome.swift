/// How the latest delivery to an origin ended, and whether its oldest pending delivery is being retried.
package struct OriginOutcome: Hashable, Sendable {
    package let origin: Origin
    /// `delivered` or `failed`.
    package let state: DeliveryState
    /// The oldest pending delivery to the origin has had a failed attempt.
    package let isRetrying: Bool

    package init(origin: Origin, state: DeliveryState, isRetrying: Bool) {
        self.origin = origin
        self.state = state
        self.isRetrying = isRetrying
    }
}
