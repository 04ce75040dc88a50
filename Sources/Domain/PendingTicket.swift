/// A pending delivery as the outbox returns it.
package struct PendingTicket: Hashable, Sendable {
    package let ticket: Ticket
    /// nil: no attempt has failed yet.
    package let nextAttemptAt: SteadyTime?

    package init(ticket: Ticket, nextAttemptAt: SteadyTime?) {
        self.ticket = ticket
        self.nextAttemptAt = nextAttemptAt
    }

    /// What remains of the wait. Limited to `longest`, because the setting may be lower now than at the failed attempt.
    package func remainingWait(now: SteadyTime, atMost longest: Duration) -> Duration {
        nextAttemptAt.map { min(max($0 - now, .zero), longest) } ?? .zero
    }
}
