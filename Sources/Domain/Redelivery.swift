/// Whether a delivery of the history can be sent again.
package enum Redelivery: Hashable, Sendable {
    /// It failed, and its body is kept.
    case possible(Ticket)
    /// It failed, and its body is gone.
    case gone
    /// It is pending or delivered.
    case notNeeded
}
