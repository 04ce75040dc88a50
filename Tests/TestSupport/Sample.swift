package import Domain

/// Sample values. What is irrelevant to a test has a default.
package enum Sample {
    /// An arbitrary fixed time of day: 2026-11-18T11:06:40Z.
    package static let timeOfDay = WallTime(microseconds: 1_795_000_000_000_000)

    /// The same time on a time line that began with the clock right.
    package static let noon = SteadyTime(microseconds: timeOfDay.microseconds)

    /// The instant at which the clocks have not been stepped.
    package static func moment(_ time: SteadyTime = noon) -> Moment {
        Moment(wall: timeOfDay + (time - noon), steady: time, monotonic: MonotonicTime(time - noon))
    }

    /// A distinct origin for each name.
    package static func origin(_ name: String = "a") -> Origin {
        Origin(scheme: .https, host: "\(name).example", port: 443)
    }

    package static func registration(
        _ workflow: String = "w", id: Int64 = 1, url: String = "https://a.example/hook", secret: String? = nil,
        ordering: DeliveryOrder = .parallel, format: BodyFormat = .flat, maxRetries: Int = 3
    ) throws -> Registration {
        Registration(
            id: RegistrationID(id), correlationID: CorrelationID(workflow), url: try WebhookURL(url),
            secrets: [secret].compactMap { $0.flatMap(WebhookSecret.init(validating:)) }, ordering: ordering,
            format: format,
            maxRetries: maxRetries)
    }

    /// A delivery whose artifact is `a-<id>` and whose sequence number is its id, by default.
    package static func delivery(
        _ id: Int64, of workflow: String = "w", artifact: String? = nil, sequence: Int64? = nil,
        registration: Registration? = nil, body: String = "{}", createdAt: WallTime = timeOfDay,
        receivedAt: SteadyTime = noon, trace: TraceContext? = nil
    ) throws -> Delivery {
        Delivery(
            id: DeliveryID(id), correlationID: CorrelationID(workflow),
            artifactID: ArtifactID(artifact ?? "a-\(id)"), artifactType: "Order",
            sequence: SequenceNumber(sequence ?? id),
            registration: try registration ?? self.registration(workflow), body: Array(body.utf8),
            createdAt: createdAt, receivedAt: receivedAt, trace: trace)
    }

    package static func ticket(
        _ id: Int64, to origin: String = "a", ordered workflow: String? = nil, bytes: Int = 100
    ) -> Ticket {
        Ticket(
            id: DeliveryID(id), origin: self.origin(origin), orderedWorkflow: workflow.map { CorrelationID($0) },
            bodyBytes: bytes, attempts: 0)
    }

    /// The record of an attempt and its verdict.
    package static func record(
        _ delivery: Delivery, attempt number: Int = 1, outcome: AttemptOutcome, verdict: Verdict,
        endedAt: SteadyTime = noon, took: Duration = .milliseconds(20), trace: TraceContext? = nil
    ) -> AttemptRecord {
        AttemptRecord(
            delivery: delivery,
            attempt: Attempt(number: number, startedAt: endedAt - took, duration: took, outcome: outcome),
            verdict: verdict, endedAt: moment(endedAt), trace: trace)
    }

    /// A 2xx that ends a delivery.
    package static func delivered(_ delivery: Delivery, attempt: Int = 1, endedAt: SteadyTime = noon) -> AttemptRecord {
        record(
            delivery, attempt: attempt, outcome: .answered(status: 200, retryAfter: nil), verdict: .delivered,
            endedAt: endedAt)
    }
}
