internal import GRDB

/// One durable transaction, as metrics see it.
package struct CommitReport: Sendable {
    /// From its first statement until it was durable.
    package let duration: Duration
    /// Callers whose work it held.
    package let members: Int
}
