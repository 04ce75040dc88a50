/// A pending delivery as the outbox returns it.
package struct PendingTicket: Hashable, Sendable {
    package let ticket: Ticket
    /// nil: no attempt has failed yet.
    package let nextAttemptAt: WallTime?

    package init(ticket: Ticket, nextAttemptAt: WallTime?) {
        self.ticket = ticket
        self.nextAttemptAt = nextAttemptAt
    }

    /// What remains of the wait. The wall clock may have jumped, so the result is limited to `longest`.
    package func remainingWait(now: WallTime, atMost longest: Duration) -> Duration {
        nextAttemptAt.map { min(max($0 - now, .zero), longest) } ?? .zero
    }
}
