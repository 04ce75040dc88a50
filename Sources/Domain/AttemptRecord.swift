/// A finished attempt with its verdict, as the outbox records it and observers receive it.
package struct AttemptRecord: Sendable {
    package let delivery: Delivery
    package let attempt: Attempt
    package let verdict: Verdict
    /// When the attempt ended.
    package let endedAt: Moment
    /// The trace context that the request carried.
    package let trace: TraceContext?

    package init(delivery: Delivery, attempt: Attempt, verdict: Verdict, endedAt: Moment, trace: TraceContext? = nil) {
        self.delivery = delivery
        self.attempt = attempt
        self.verdict = verdict
        self.endedAt = endedAt
        self.trace = trace
    }

    /// The same record without the delivery's body.
    package var withoutBody: AttemptRecord {
        AttemptRecord(
            delivery: delivery.withoutBody, attempt: attempt, verdict: verdict, endedAt: endedAt, trace: trace)
    }

    /// When the next attempt is due, if there is one.
    package var nextAttemptAt: Moment? {
        if case .retry(let wait) = verdict { endedAt + wait } else { nil }
    }
}
