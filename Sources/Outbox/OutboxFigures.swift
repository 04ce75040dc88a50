package import Domain

/// Totals of the outbox, for status and metrics.
package struct OutboxFigures: Sendable {
    package var pending = 0
    /// Bytes of the bodies of pending deliveries.
    package var bytes = 0
    package var registrations = 0
    /// When the oldest pending delivery was received.
    package var oldestPendingSince: SteadyTime?

    package init() {}
}
