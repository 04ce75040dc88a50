internal import Domain
internal import Outbox
internal import Status

/// Workflows and their deliveries as status shows them.
struct WorkflowReports {
    let times: TimesOfDay
    let now: Moment

    /// A workflow of a list.
    func report(_ summary: WorkflowSummary) -> CorrelationReport { report(summary, nil) }

    /// A workflow with a page of its deliveries.
    func report(_ history: WorkflowHistory) -> CorrelationReport { report(history.summary, history) }

    private func report(_ summary: WorkflowSummary, _ history: WorkflowHistory?) -> CorrelationReport {
        let workflow = summary.workflow
        return CorrelationReport(
            correlationId: workflow.correlationID.rawValue, state: summary.isActive ? "active" : "finished",
            origin: workflow.registration.map { $0.url.origin.description }, pending: workflow.pending,
            delivered: summary.delivered, failed: summary.failed, lastSequence: Int(workflow.lastSequence.rawValue),
            lastActivityAt: times.text(workflow.lastActivityAt, now),
            firstSequence: history?.first.map { Int($0.rawValue) }, gaps: history?.gaps,
            deliveries: history?.deliveries.map(delivery), nextSequence: history?.next.map { Int($0.rawValue) },
            density: history.flatMap { $0.ranges.isEmpty ? nil : $0.ranges.map(range) })
    }

    private func range(_ range: DeliveryRange) -> CorrelationReport.Range {
        .init(
            from: Int(range.sequences.lowerBound), to: Int(range.sequences.upperBound), delivered: range.delivered,
            failed: range.failed, pending: range.pending)
    }

    private func delivery(_ history: DeliveryHistory) -> CorrelationReport.Delivery {
        var reason: String?
        if case .failed(let error) = history.state { reason = error.description }
        return .init(
            sequence: Int(history.sequence.rawValue), event: history.event.rawValue,
            artifactId: history.artifactID.rawValue, type: history.artifactType, origin: history.origin.description,
            state: history.state.name, reason: reason, createdAt: history.createdAt.iso8601,
            receivedAt: times.text(history.receivedAt, now), endedAt: history.endedAt.map { times.text($0, now) },
            nextAttemptAt: history.state.isFinal ? nil : history.nextAttemptAt.map { times.text($0, now) },
            attempts: history.attempts.map(attempt))
    }

    private func attempt(_ attempt: Attempt) -> CorrelationReport.Attempt {
        .init(
            attempt: attempt.number, startedAt: times.text(attempt.startedAt, now),
            durationMs: Double(attempt.duration.microseconds) / 1_000, status: attempt.status,
            error: attempt.errorClass?.description)
    }
}
