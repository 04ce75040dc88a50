/// The answer of `/status`.
package struct StatusReport: Codable, Sendable {
    package let version: String
    package let uptimeSeconds: Double
    /// Lines accepted, by kind.
    package let received: [String: Int]
    /// Lines rejected, by code.
    package let refused: [String: Int]
    package let unmatched: Int
    package let withheld: Int
    package let filtered: Int
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
        withheld: Int, filtered: Int, duplicates: Int, registrations: Int, deliveries: DeliveryCounts, attempts: Int,
        latency: Latencies, oldestPendingSeconds: Double, outboxBytes: Int, sessions: [Session], origins: [Lane]
    ) {
        self.version = version
        self.uptimeSeconds = uptimeSeconds
        self.received = received
        self.refused = refused
        self.unmatched = unmatched
        self.withheld = withheld
        self.filtered = filtered
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

    /// Counts since the start of the process, except `pending` and `inFlight`, which are current.
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

    /// In milliseconds; zero if nothing was delivered.
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
        /// Open connections, including idle ones.
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
        /// Whether further deliveries are pending in the outbox.
        package let hasMore: Bool
        /// `unknown` (no attempt has ended yet), `answering`, `failing` (one attempt at a time, with pauses, until one
        /// succeeds) or `hanging` (one attempt at a time until one is answered).
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
