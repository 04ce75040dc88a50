package import Domain

/// The outbox as the daemon maintains it.
package protocol MaintenanceStore: Sendable {
    /// Deletes history and ends registrations beyond their retention. Keeps pending deliveries and their registrations.
    func expire(_ retention: Retention, now: SteadyTime) async throws

    /// The latest activity of a workflow; nil if there is none.
    func latestActivity() async throws -> SteadyTime?

    /// The marks that earlier runs kept, the last one of each boot, the first boot first.
    func clockMarks() async throws -> [ClockMark]

    /// Keeps the mark of this boot instead of its earlier one, and drops those of boots before the last hundred.
    func keep(_ mark: ClockMark) async throws

    /// Checks that the next start would find what is stored now. Once this throws, for example because a file was
    /// removed, the outbox accepts and records nothing more. May block on the disk.
    func verifyStorage() throws

    /// Finishes the work in progress and closes the outbox. Call no method afterwards.
    func close() async throws
}
