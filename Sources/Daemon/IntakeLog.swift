internal import Domain
internal import Intake
internal import Logging
internal import Telemetry

/// Counts intake's decisions, and logs its rejections.
struct IntakeLog: IntakeObserver {
    let meters: Meters
    let completions: CompletionWatch
    let logger: Logger
    let rejections: RejectionLog

    func counted(_ counts: IntakeCounts) {
        for (kind, count) in counts.events { meters.events.add(count, kind.rawValue) }
        meters.unmatched.add(counts.unmatched)
        meters.withheld.add(counts.withheld)
        meters.filtered.add(counts.filtered)
        meters.duplicates.add(counts.duplicates)
        meters.redelivered.add(counts.redelivered)
        meters.droppedLines.add(counts.droppedLines)
        if counts.events[.workflowCompleted] ?? 0 > 0 { completions.workflowCompleted() }
    }

    func rejected(_ rejection: Rejection, line: Int, connection: Int) {
        meters.rejectedLines.add(1, rejection.code.rawValue)
        rejections.write(rejection, line: line, connection: connection)
    }

    func failedOnAcceptance(_ delivery: Delivery, _ reason: ErrorClass) {
        meters.countFailureWithoutAttempt(of: delivery, reason)
        logger.warning(
            "A delivery failed without an attempt: its origin holds its share of outbox-max; check the receiver",
            metadata: [
                "correlation_id": "\(delivery.correlationID)",
                "sequence": .stringConvertible(delivery.sequence.rawValue),
                "artifact_id": "\(delivery.artifactID)", "origin": "\(delivery.registration.url.origin)",
                "error": "\(reason)",
            ])
    }
}
