internal import Domain
internal import Intake
internal import Logging
internal import Telemetry

/// Counts intake's decisions, and logs its rejections, never a line's content.
struct IntakeLog: IntakeObserver {
    private let meters: Meters
    private let completions: CompletionWatch
    private let rejections: LimitedLog
    private let failures: LimitedLog

    init(meters: Meters, completions: CompletionWatch, time: any TimeSource, logger: Logger) {
        self.meters = meters
        self.completions = completions
        rejections = LimitedLog("A line was rejected", logger: logger, time: time)
        failures = LimitedLog(
            "A delivery failed without an attempt: its origin holds its share of outbox-max; check the receiver",
            logger: logger, time: time)
    }

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
        rejections.warn([
            "connection": .stringConvertible(connection), "line": .stringConvertible(line),
            "code": "\(rejection.code.rawValue)", "reason": "\(rejection.message)",
        ])
    }

    func failedOnAcceptance(_ delivery: Delivery, _ reason: ErrorClass) {
        meters.countFailureWithoutAttempt(of: delivery, reason)
        failures.warn([
            "correlation_id": "\(delivery.correlationID)",
            "sequence": .stringConvertible(delivery.sequence.rawValue),
            "artifact_id": "\(delivery.artifactID)", "origin": "\(delivery.registration.url.origin)",
            "error": "\(reason)",
        ])
    }
}
