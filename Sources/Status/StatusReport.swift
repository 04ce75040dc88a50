/// What `/status` answers.
package struct StatusReport: Codable, Sendable {
    package let version: String
    package let uptimeSeconds: Double
    /// Lines accepted, by kind.
    package let received: [String: Int]
    /// Lines refused, by code.
    package let refused: [String: Int]
    package let unmatched: Int
    package let withheld: Int
    package let duplicates: Int
    package let registrations: Int
    package let deliveries: DeliveryCounts
    package let attempts: Int
    package let latency: Latencies
    package let oldestPendingSeconds: Double
    package let outboxBytes: Int
    package let sessions: [Session]
    package let origins: [Lane]

    package init(
        version: String, uptimeSeconds: Double, received: [String: Int], refused: [String: Int], unmatched: Int,
        withheld: Int, duplicates: Int, registrations: Int, deliveries: DeliveryCounts, attempts: Int,
        latency: Latencies, oldestPendingSeconds: Double, outboxBytes: Int, sessions: [Session], origins: [Lane]
    ) {
        self.version = version
        self.uptimeSeconds = uptimeSeconds
        self.received = received
        self.refused = refused
        self.unmatched = unmatched
        self.withheld = withheld
        self.duplicates = duplicates
        self.registrations = registrations
        self.deliveries = deliveries
        self.attempts = attempts
        self.latency = latency
        self.oldestPendingSeconds = oldestPendingSeconds
        self.outboxBytes = outboxBytes
        self.sessions = sessions
        self.origins = origins
    }

    /// Since the start of the process, but for `pending` and `inFlight`, which are now.
    package struct DeliveryCounts: Codable, Sendable {
        package let pending: Int
        package let inFlight: Int
        package let delivered: Int
        /// Delivered after at least one failed attempt.
        package let recovered: Int
        package let failed: Int
        /// Failed deliveries, by the error class of their last attempt.
        package let failedByReason: [String: Int]

        package init(
            pending: Int, inFlight: Int, delivered: Int, recovered: Int, failed: Int, failedByReason: [String: Int]
        ) {
            self.pending = pending
            self.inFlight = inFlight
            self.delivered = delivered
            self.recovered = recovered
            self.failed = failed
            self.failedByReason = failedByReason
        }
    }

    /// Over the last five minutes.
    package struct Latencies: Codable, Sendable {
        package let createdToDelivered: Percentiles
        package let receivedToDelivered: Percentiles

        package init(createdToDelivered: Percentiles, receivedToDelivered: Percentiles) {
            self.createdToDelivered = createdToDelivered
            self.receivedToDelivered = receivedToDelivered
        }
    }

    /// In milliseconds; zero where nothing was delivered.
    package struct Percentiles: Codable, Sendable {
        package let count: Int
        package let p50Ms: Double
        package let p95Ms: Double
        package let p99Ms: Double

        package init(count: Int, p50Ms: Double, p95Ms: Double, p99Ms: Double) {
            self.count = count
            self.p50Ms = p50Ms
            self.p95Ms = p95Ms
            self.p99Ms = p99Ms
        }
    }

    /// One URLSession of the pool.
    package struct Session: Codable, Sendable {
        package let inFlight: Int
        /// Open connections, idle ones included.
        package let connections: Int

        package init(inFlight: Int, connections: Int) {
            self.inFlight = inFlight
            self.connections = connections
        }
    }

    package struct Lane: Codable, Sendable {
        package let origin: String
        package let inFlight: Int
        /// Deliveries held in memory.
        package let pending: Int
        /// Further deliveries are pending in the outbox.
        package let hasMore: Bool
        /// `ok`, `retrying`, `failing` (asked one at a time with pauses until it succeeds) or `hanging` (one slot until
        /// it answers).
        package let state: String

        package init(origin: String, inFlight: Int, pending: Int, hasMore: Bool, state: String) {
            self.origin = origin
            self.inFlight = inFlight
            self.pending = pending
            self.hasMore = hasMore
            self.state = state
        }
    }
}

/// What `/healthz` answers: healthy if nothing fails.
package struct Health: Codable, Sendable {
    /// `ok` or `failing`.
    package let status: String
    /// The failing checks in words; absent where there are none.
    package let failing: [String]?

    package init(failing: [String]) {
        status = failing.isEmpty ? "ok" : "failing"
        self.failing = failing.isEmpty ? nil : failing
    }
}

/// What `/readyz` answers: ready if nothing fails.
package struct Readiness: Codable, Sendable {
    package let ready: Bool
    /// The failing checks in words.
    package let failing: [String]

    package init(failing: [String]) {
        ready = failing.isEmpty
        self.failing = failing
    }
}

/// A workflow in `/correlations`.
package struct CorrelationReport: Codable, Sendable {
    package let correlationId: String
    /// `active` while something is to be delivered, else `finished`.
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
