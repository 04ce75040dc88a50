/// What opening the outbox found, for the log.
package struct OpenReport: Sendable {
    /// A damaged file that was renamed, never deleted.
    package struct SetAside: Sendable {
        /// Its new path. Its `-wal` and `-shm` are renamed likewise.
        package let path: String
        /// What is damaged.
        package let reason: String
    }

    /// nil: the file was undamaged or missing.
    package let setAside: SetAside?
    /// Number of pending deliveries.
    package let pending: Int
    /// Bytes of the bodies of pending deliveries.
    package let pendingBytes: Int
}
