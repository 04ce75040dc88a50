package import Domain

/// The outbox as the daemon maintains it.
package protocol MaintenanceStore: Sendable {
    /// Deletes history and ends registrations beyond their retention. Keeps pending deliveries and their registrations.
    func expire(_ retention: Retention, now: WallTime) async throws

    /// Checks that the next start would find what is stored now. Once this throws, for example because a file was
    /// removed, the outbox accepts and records nothing more. May block on the disk.
    func verifyStorage() throws

    /// Finishes the work in progress and closes the outbox. Call no method afterwards.
    func close() async throws
}
