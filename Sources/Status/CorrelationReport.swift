internal import Domain

/// A workflow in `/correlations`.
package struct CorrelationReport: Codable, Sendable {
    package let correlationId: String
    /// `active` while a delivery is pending, else `finished`.
    package let state: String
    /// The registered origin; nil once the registration has ended.
    package let origin: String?
    package let pending: Int
    package let delivered: Int
    package let failed: Int
    package let lastSequence: Int
    package let lastActivityAt: String
    /// The first number in the history; nil if there is none. This and what follows is only in `/correlations/{id}`.
    package let firstSequence: Int?
    /// Number of deliveries that are no longer in the history.
    package let gaps: Int?
    package let deliveries: [Delivery]?
    /// Where the next page begins; nil on the last one.
    package let nextSequence: Int?
    /// Only if the query asks for it.
    package let density: [Range]?

    package init(
        correlationId: String, state: String, origin: String?, pending: Int, delivered: Int, failed: Int,
        lastSequence: Int, lastActivityAt: String, firstSequence: Int? = nil, gaps: Int? = nil,
        deliveries: [Delivery]? = nil, nextSequence: Int? = nil, density: [Range]? = nil
    ) {
        self.correlationId = correlationId
        self.state = state
        self.origin = origin
        self.pending = pending
        self.delivered = delivered
        self.failed = failed
        self.lastSequence = lastSequence
        self.lastActivityAt = lastActivityAt
        self.firstSequence = firstSequence
        self.gaps = gaps
        self.deliveries = deliveries
        self.nextSequence = nextSequence
        self.density = density
    }

    /// Deliveries of a range of sequence numbers by state, including those no longer in the history.
    package struct Range: Codable, Sendable {
        package let from: Int
        package let to: Int
        package let delivered: Int
        package let failed: Int
        package let pending: Int

        package init(from: Int, to: Int, delivered: Int, failed: Int, pending: Int) {
            self.from = from
            self.to = to
            self.delivered = delivered
            self.failed = failed
            self.pending = pending
        }
    }

    package struct Delivery: Codable, Sendable {
        package let sequence: Int
        /// `artifact.created` or `workflow.completed`.
        package let event: String
        package let artifactId: String
        package let type: String
        package let origin: String
        /// `pending`, `delivered` or `failed`.
        package let state: String
        package let reason: String?
        package let createdAt: String?
        package let receivedAt: String
        /// When it became final.
        package let endedAt: String?
        package let nextAttemptAt: String?
        package let attempts: [Attempt]

        package init(
            sequence: Int, event: String, artifactId: String, type: String, origin: String, state: String,
            reason: String?, createdAt: String?, receivedAt: String, endedAt: String?, nextAttemptAt: String?,
            attempts: [Attempt]
        ) {
            self.sequence = sequence
            self.event = event
            self.artifactId = artifactId
            self.type = type
            self.origin = origin
            self.state = state
            self.reason = reason
            self.createdAt = createdAt
            self.receivedAt = receivedAt
            self.endedAt = endedAt
            self.nextAttemptAt = nextAttemptAt
            self.attempts = attempts
        }
    }

    package struct Attempt: Codable, Sendable {
        package let attempt: Int
        package let startedAt: String
        package let durationMs: Double
        package let status: Int?
        package let error: String?

        package init(attempt: Int, startedAt: String, durationMs: Double, status: Int?, error: String?) {
            self.attempt = attempt
            self.startedAt = startedAt
            self.durationMs = durationMs
            self.status = status
            self.error = error
        }
    }
}
