package import Domain

/// Every counter and histogram of the relay, by the name that `/metrics` shows.
package struct Meters: Sendable {
    package let registry: MetricRegistry
    package let events: Counter
    package let rejectedLines: Counter
    package let unmatched: Counter
    package let withheld: Counter
    package let filtered: Counter
    package let duplicates: Counter
    package let redelivered: Counter
    package let droppedLines: Counter
    package let deliveries: Counter
    package let failed: Counter
    package let recovered: Counter
    package let attempts: Counter
    package let attemptErrors: Counter
    package let deliveryLatency: MetricHistogram
    package let attemptDuration: MetricHistogram
    package let outboxCommit: MetricHistogram
    package let sessionStalls: Counter
    package let spansExported: Counter
    package let spansDropped: Counter
    /// Created to 2xx, over the last five minutes.
    package let sinceCreation: LatencyWindow
    /// Received to 2xx, over the last five minutes.
    package let sinceReceipt: LatencyWindow
    package let outcomes: OutcomeHistory
    package let latestFailures = LatestFailures()

    /// Upper bucket edges in seconds; 0.5 is the promised latency.
    private static let edges = [
        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0,
    ]

    package init(time: any TimeSource) {
        let registry = MetricRegistry(prefix: "flock_relay_")
        self.registry = registry
        events = registry.counter(
            "events_total", "Lines accepted, by kind.", label: "kind", known: EventKind.allCases.map(\.rawValue))
        rejectedLines = registry.counter(
            "rejected_lines_total", "Lines rejected, by code.", label: "code",
            known: RejectionCode.allCases.map(\.rawValue))
        unmatched = registry.counter("unmatched_total", "Artifacts dropped because their workflow has no registration.")
        withheld = registry.counter("withheld_total", "Artifacts not delivered because they are not public.")
        filtered = registry.counter(
            "filtered_total", "Artifacts not delivered because their registration does not ask for them.")
        duplicates = registry.counter("duplicates_total", "Artifacts dropped because they were accepted before.")
        redelivered = registry.counter("redelivered_total", "Failed deliveries that are sent again.")
        droppedLines = registry.counter(
            "dropped_lines_total", "Lines dropped because the outbox could not accept them.")
        deliveries = registry.counter(
            "deliveries_total", "Deliveries ended, by outcome.", label: "outcome", known: ["delivered", "failed"])
        failed = registry.counter("failed_total", "Failed deliveries, by the class of the last error.", label: "reason")
        recovered = registry.counter("recovered_total", "Deliveries that succeeded after a failed attempt.")
        attempts = registry.counter(
            "attempts_total", "Attempts ended: 2xx, non_2xx or error.", label: "outcome",
            known: ["2xx", "non_2xx", "error"])
        attemptErrors = registry.counter("attempt_errors_total", "Failed attempts, by class.", label: "class")
        deliveryLatency = registry.histogram(
            "delivery_latency_seconds", "From the artifact's creation to the receiver's 2xx.", edges: Self.edges)
        attemptDuration = registry.histogram(
            "attempt_duration_seconds", "From the start of an attempt to its outcome.", edges: Self.edges)
        outboxCommit = registry.histogram(
            "outbox_commit_seconds", "Duration of an outbox transaction, until it is durable.", edges: Self.edges)
        sessionStalls = registry.counter(
            "session_stalls_total", "URLSessions that held a request beyond its deadline: a defect of the relay.")
        spansExported = registry.counter(
            "spans_exported_total", "Spans in requests that the OTLP endpoint answered with 2xx.")
        spansDropped = registry.counter(
            "spans_dropped_total", "Spans dropped because the queue was full or the OTLP endpoint did not accept them.")
        sinceCreation = LatencyWindow(time: time)
        sinceReceipt = LatencyWindow(time: time)
        outcomes = OutcomeHistory(time: time)
    }

    /// Counts a finished attempt, and the outcome of its delivery if it is final.
    package func count(_ record: AttemptRecord) {
        let attempt = record.attempt
        attempts.add(1, attempt.errorClass == nil ? "2xx" : attempt.status == nil ? "error" : "non_2xx")
        attemptDuration.record(attempt.duration.inSeconds)
        if let error = attempt.errorClass { attemptErrors.add(1, error.description) }
        var outcome = OutcomeHistory.Outcomes()
        outcome.failedAttempts = attempt.errorClass == nil ? 0 : 1
        switch record.verdict {
        case .retry: outcomes.count(outcome)
        case .failed(let reason):
            outcome.failed = 1
            outcomes.count(outcome)
            countFailure(of: record.delivery, reason, attempts: attempt.number, at: record.endedAt.steady)
        case .delivered:
            deliveries.add(1, "delivered")
            if attempt.number > 1 { recovered.add() }
            let latency = max(record.endedAt.wall - record.delivery.createdAt, .zero)
            outcome.delivered = 1
            outcome.recovered = attempt.number > 1 ? 1 : 0
            outcomes.count(outcome, latency: latency)
            deliveryLatency.record(latency.inSeconds)
            sinceCreation.record(latency)
            sinceReceipt.record(max(record.endedAt.steady - record.delivery.receivedAt, .zero))
        }
    }

    /// Counts a delivery that failed without an attempt.
    package func countFailureWithoutAttempt(of delivery: Delivery, _ reason: ErrorClass) {
        var outcome = OutcomeHistory.Outcomes()
        outcome.failed = 1
        outcomes.count(outcome)
        countFailure(of: delivery, reason, attempts: 0, at: delivery.receivedAt)
    }

    private func countFailure(of delivery: Delivery, _ reason: ErrorClass, attempts: Int, at time: SteadyTime) {
        deliveries.add(1, "failed")
        failed.add(1, reason.description)
        latestFailures.add(.init(delivery, reason, attempts: attempts, at: time))
    }
}
