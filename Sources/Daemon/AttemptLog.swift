internal import Dispatching
internal import Domain
internal import Logging
internal import Telemetry

/// Counts each attempt, logs it as one record, and passes it on.
struct AttemptLog: AttemptObserver {
    let meters: Meters
    let shortages: ShortageWatch
    let completions: CompletionWatch
    let logger: Logger

    func attemptNotBegun(_ shortage: Shortage) { shortages.attemptNotBegun(shortage) }

    func attemptEnded(_ record: AttemptRecord) {
        meters.count(record)
        completions.attemptEnded(record)
        let attempt = record.attempt
        let level: Logger.Level =
            switch record.verdict {
            case .delivered: .info
            case .retry: .notice
            case .failed: .warning
            }
        guard logger.logLevel <= level else { return }
        var metadata: Logger.Metadata = [
            "correlation_id": "\(record.delivery.correlationID)",
            "sequence": .stringConvertible(record.delivery.sequence.rawValue),
            "artifact_id": "\(record.delivery.artifactID)", "attempt": .stringConvertible(attempt.number),
            "origin": "\(record.delivery.registration.url.origin)",
            "duration_ms": .stringConvertible(Double(attempt.duration.microseconds) / 1_000),
            "outcome": "\(record.verdict.name)",
        ]
        metadata["status"] = attempt.status.map { .stringConvertible($0) }
        metadata["error"] = attempt.errorClass.map { "\($0)" }
        metadata["next_attempt_at"] = record.nextAttemptAt.map { "\($0.wall.iso8601)" }
        metadata["trace_id"] = record.trace.map { "\($0.traceID)" }
        logger.log(level: level, "delivery.attempted", metadata: metadata)
    }
}
