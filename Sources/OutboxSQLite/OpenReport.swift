/// What opening the outbox found, for the log.
package struct OpenReport: Sendable {
    /// A damaged file that was renamed, never deleted.
    package struct SetAside: Sendable {
        /// Its new place; the files that belong to it lie beside it.
        package let path: String
        /// What is wrong with it.
        package let reason: String
    }

    /// nil: the file was sound, or there was none.
    package let setAside: SetAside?
    /// Deliveries that are still to be made.
    package let pending: Int
    /// Bytes of their bodies.
    package let pendingBytes: Int
}
