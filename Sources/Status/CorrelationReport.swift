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
    /// Only in `/correlations/{id}`.
    package let deliveries: [Delivery]?

    package init(
        correlationId: String, state: String, origin: String?, pending: Int, delivered: Int, failed: Int,
        lastSequence: Int, lastActivityAt: String, deliveries: [Delivery]?
    ) {
        self.correlationId = correlationId
        self.state = state
        self.origin = origin
        self.pending = pending
        self.delivered = delivered
        self.failed = failed
        self.lastSequence = lastSequence
        self.lastActivityAt = lastActivityAt
        self.deliveries = deliveries
    }

    package struct Delivery: Codable, Sendable {
        package let sequence: Int
        package let artifactId: String
        package let type: String
        package let origin: String
        /// `pending`, `delivered` or `failed`.
        package let state: String
        package let reason: String?
        package let receivedAt: String
        package let nextAttemptAt: String?
        package let attempts: [Attempt]

        package init(
            sequence: Int, artifactId: String, type: String, origin: String, state: String, reason: String?,
            receivedAt: String, nextAttemptAt: String?, attempts: [Attempt]
        ) {
            self.sequence = sequence
            self.artifactId = artifactId
            self.type = type
            self.origin = origin
            self.state = state
            self.reason = reason
            self.receivedAt = receivedAt
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
