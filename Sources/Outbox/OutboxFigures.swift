package import Domain

/// The outbox at a glance.
package struct OutboxFigures: Sendable {
    package var pending = 0
    /// Bodies of pending deliveries.
    package var bytes = 0
    package var registrations = 0
    /// When the oldest pending delivery was received.
    package var oldestPendingSince: WallTime?

    package init() {}
}
