internal import Domain
internal import Scheduling
internal import Tracing

/// An attempt from its start until it is recorded.
struct RunningAttempt: Sendable {
    let delivery: Delivery
    let ticket: Ticket
    let policy: DeliveryPolicy
    let begun: Moment
    let span: AttemptSpan

    init(_ delivery: Delivery, _ ticket: Ticket, _ policy: DeliveryPolicy, begun: Moment, _ tracer: any Tracer) {
        self.delivery = delivery
        self.ticket = ticket
        self.policy = policy
        self.begun = begun
        span = AttemptSpan(delivery, begun: begun.wall, tracer)
    }

    var origin: Origin { delivery.registration.url.origin }

    /// From 1.
    var number: Int { ticket.attempts + 1 }

    /// The attempt with its verdict.
    func record(_ outcome: AttemptOutcome, endedAt end: Moment) -> AttemptRecord {
        let duration = end.monotonic - begun.monotonic
        let attempt = Attempt(number: number, startedAt: end.steady - duration, duration: duration, outcome: outcome)
        let verdict = policy.retry.judge(
            outcome, attempt: number - ticket.attemptsBefore, maxRetries: delivery.registration.maxRetries,
            now: end.wall, chance: .random(in: 0...1))
        return AttemptRecord(delivery: delivery, attempt: attempt, verdict: verdict, endedAt: end, trace: span.trace)
    }
}
