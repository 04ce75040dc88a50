package import Domain

/// The outbox as the daemon looks after it.
package protocol MaintenanceStore: Sendable {
    /// Drops history and ends registrations that are past their time. Pending deliveries and their registrations stay.
    func expire(_ retention: Retention, now: WallTime) async throws

    /// Lets the work that was begun end. Nothing may be asked of the outbox afterwards.
    func close() async throws
}
