/// Where a delivery stands.
package enum DeliveryState: Hashable, Sendable {
    case pending
    case delivered
    case failed(ErrorClass)

    package var isFinal: Bool { self != .pending }

    /// `pending`, `delivered` or `failed`.
    package var name: String {
        switch self {
        case .pending: "pending"
        case .delivered: "delivered"
        case .failed: "failed"
        }
    }
}

/// An artifact on its way to its webhook, as it is accepted: numbered, with its body made and its receiver fixed.
package struct Delivery: Sendable {
    package let id: DeliveryID
    package let correlationID: CorrelationID
    package let artifactID: ArtifactID
    package let artifactType: String
    package let sequence: Sequence
    /// URL, secret and policy as they were when the artifact was accepted.
    package let registration: Registration
    /// The exact bytes to be signed and sent.
    package let body: [UInt8]
    package let createdAt: WallTime
    package let receivedAt: WallTime
    package let trace: TraceContext?

    package init(
        id: DeliveryID, correlationID: CorrelationID, artifactID: ArtifactID, artifactType: String,
        sequence: Sequence, registration: Registration, body: [UInt8], createdAt: WallTime, receivedAt: WallTime,
        trace: TraceContext?
    ) {
        self.id = id
        self.correlationID = correlationID
        self.artifactID = artifactID
        self.artifactType = artifactType
        self.sequence = sequence
        self.registration = registration
        self.body = body
        self.createdAt = createdAt
        self.receivedAt = receivedAt
        self.trace = trace
    }

    /// The same for somebody who keeps many of them and sends none.
    fileprivate var withoutBody: Delivery {
        Delivery(
            id: id, correlationID: correlationID, artifactID: artifactID, artifactType: artifactType,
            sequence: sequence, registration: registration, body: [], createdAt: createdAt, receivedAt: receivedAt,
            trace: trace)
    }

    /// What the scheduler needs to know of this delivery before its first attempt.
    package var ticket: Ticket {
        Ticket(
            id: id, origin: registration.url.origin,
            orderedWorkflow: registration.ordering == .ordered ? correlationID : nil, bodyBytes: body.count,
            attempts: 0)
    }
}

/// A pending delivery as the scheduler holds it: no body, no secret, a few dozen bytes.
package struct Ticket: Hashable, Sendable {
    package let id: DeliveryID
    package let origin: Origin
    /// Set for a workflow whose deliveries go one at a time.
    package let orderedWorkflow: CorrelationID?
    /// Size of the body in bytes.
    package let bodyBytes: Int
    /// Attempts already charged.
    package var attempts: Int

    package init(
        id: DeliveryID, origin: Origin, orderedWorkflow: CorrelationID?, bodyBytes: Int, attempts: Int
    ) {
        self.id = id
        self.origin = origin
        self.orderedWorkflow = orderedWorkflow
        self.bodyBytes = bodyBytes
        self.attempts = attempts
    }
}

/// A pending delivery as the outbox gives it back.
package struct PendingTicket: Hashable, Sendable {
    package let ticket: Ticket
    /// nil: no attempt has failed yet.
    package let nextAttemptAt: WallTime?

    package init(ticket: Ticket, nextAttemptAt: WallTime?) {
        self.ticket = ticket
        self.nextAttemptAt = nextAttemptAt
    }

    /// What remains of the wait: the wall clock may have jumped since, so never more than the longest wait there is.
    package func remainingWait(now: WallTime, atMost longest: Duration) -> Duration {
        nextAttemptAt.map { min(max($0 - now, .zero), longest) } ?? .zero
    }
}

/// What an attempt means for its delivery.
package enum Verdict: Hashable, Sendable {
    case delivered
    /// Due again after the wait.
    case retry(after: Duration)
    case failed(ErrorClass)
}

/// A finished attempt with its consequence, as the outbox records it and observers hear of it.
package struct AttemptRecord: Sendable {
    package let delivery: Delivery
    package let attempt: Attempt
    package let verdict: Verdict
    /// When the attempt ended.
    package let endedAt: WallTime

    package init(delivery: Delivery, attempt: Attempt, verdict: Verdict, endedAt: WallTime) {
        self.delivery = delivery
        self.attempt = attempt
        self.verdict = verdict
        self.endedAt = endedAt
    }

    /// The same without what was sent.
    package var withoutBody: AttemptRecord {
        AttemptRecord(delivery: delivery.withoutBody, attempt: attempt, verdict: verdict, endedAt: endedAt)
    }

    /// When the next attempt is due, if there is one.
    package var nextAttemptAt: WallTime? {
        if case .retry(let wait) = verdict { endedAt + wait } else { nil }
    }
}
