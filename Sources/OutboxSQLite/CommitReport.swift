/// One durable transaction, for metrics.
package struct CommitReport: Sendable {
    /// From the first statement until the transaction is durable.
    package let duration: Duration
    /// Callers whose work the transaction contains.
    package let members: Int
}
