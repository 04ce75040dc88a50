package import Domain

/// An attempt on its way to the readers of `/attempts`: what they see of it, and nothing of its body and its secrets.
package struct FinishedAttempt: Sendable {
    /// What one costs beside its texts, in bytes.
    private static let fixedBytes = 192

    let endedAt: WallTime
    let correlationID: String
    let sequence: Int64
    let artifactID: String
    let artifactType: String
    let event: WebhookEvent
    let origin: Origin
    let attempt: Attempt
    let verdict: Verdict
    let nextAttemptAt: WallTime?
    let traceID: String?

    package init(_ record: AttemptRecord) {
        endedAt = record.endedAt.wall
        correlationID = record.delivery.correlationID.rawValue
        sequence = Int64(record.delivery.sequence.rawValue)
        artifactID = record.delivery.artifactID.rawValue
        artifactType = record.delivery.artifactType
        event = record.delivery.artifactID.isOfCompletion ? .workflowCompleted : .artifactCreated
        origin = record.delivery.registration.url.origin
        attempt = record.attempt
        verdict = record.verdict
        nextAttemptAt = record.nextAttemptAt?.wall
        traceID = record.trace?.traceID
    }

    /// About how much memory it takes, in bytes.
    var size: Int {
        Self.fixedBytes + correlationID.utf8.count + artifactID.utf8.count + artifactType.utf8.count
            + origin.host.utf8.count
    }

    /// As one line of JSON, with its LF: what ``AttemptReport`` decodes.
    ///
    /// Written by hand, because `JSONEncoder` takes many times as long, in the process that delivers.
    func write(to line: inout JSONLine) {
        line.begin()
        line.add("ended_at", text: endedAt.iso8601)
        line.add("correlation_id", text: correlationID)
        line.add("sequence", plain: "\(sequence)")
        line.add("artifact_id", text: artifactID)
        line.add("artifact_type", text: artifactType)
        line.add("event", text: event.rawValue)
        line.add("origin", text: origin.description)
        line.add("attempt", plain: "\(attempt.number)")
        if let status = attempt.status { line.add("status", plain: "\(status)") }
        if let error = attempt.errorClass { line.add("error", text: error.description) }
        line.add("duration_ms", plain: "\(Double(attempt.duration.microseconds) / 1_000)")
        line.add("outcome", text: verdict.name)
        if let nextAttemptAt { line.add("next_attempt_at", text: nextAttemptAt.iso8601) }
        if let traceID { line.add("trace_id", text: traceID) }
        line.end()
    }
}
