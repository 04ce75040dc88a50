/// The answer of `/status`.
package struct StatusReport: Codable, Sendable {
    package let version: String
    package let startedAt: String
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
    /// Since the start: recovered of those that recovered or failed; nil without either. 0 to 1.
    package let recoveryRate: Double?
    /// Since the start: delivered of those that are final; nil without any. 0 to 1.
    package let shareDelivered: Double?
    package let window: Window
    package let rate: Rate
    package let latency: Latencies
    package let oldestPendingSeconds: Double
    package let outboxBytes: Int
    package let outboxMaxBytes: Int
    package let sessions: [Session]
    /// Those in trouble first; at most ``maxOrigins``.
    package let origins: [Lane]
    package let originsTotal: Int
    /// The newest first.
    package let latestFailures: [Failure]

    package static let maxOrigins = 1_000

    package init(
        version: String, startedAt: String, uptimeSeconds: Double, received: [String: Int], refused: [String: Int],
        unmatched: Int, withheld: Int, filtered: Int, duplicates: Int, registrations: Int, deliveries: DeliveryCounts,
        attempts: Int, window: Window, rate: Rate, latency: Latencies, oldestPendingSeconds: Double, outboxBytes: Int,
        outboxMaxBytes: Int, sessions: [Session], origins: [Lane], originsTotal: Int, latestFailures: [Failure]
    ) {
        self.version = version
        self.startedAt = startedAt
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
        recoveryRate = Share.of(deliveries.recovered, or: deliveries.failed)
        shareDelivered = Share.of(deliveries.delivered, or: deliveries.failed)
        self.window = window
        self.rate = rate
        self.latency = latency
        self.oldestPendingSeconds = oldestPendingSeconds
        self.outboxBytes = outboxBytes
        self.outboxMaxBytes = outboxMaxBytes
        self.sessions = sessions
        self.origins = origins
        self.originsTotal = originsTotal
        self.latestFailures = latestFailures
    }

    /// Final outcomes of the last minutes.
    package struct Window: Codable, Sendable {
        /// Its length.
        package let seconds: Int
        package let delivered: Int
        package let failed: Int
        package let recovered: Int
        /// Nil if nothing became final. 0 to 1.
        package let shareDelivered: Double?
        /// Nil if nothing recovered or failed. 0 to 1.
        package let recoveryRate: Double?

        package init(seconds: Int, delivered: Int, failed: Int, recovered: Int) {
            self.seconds = seconds
            self.delivered = delivered
            self.failed = failed
            self.recovered = recovered
            shareDelivered = Share.of(delivered, or: failed)
            recoveryRate = Share.of(recovered, or: failed)
        }
    }

    /// Over the last ten seconds.
    package struct Rate: Codable, Sendable {
        package let deliveredPerSecond: Double
        package let failedAttemptsPerSecond: Double

        package init(deliveredPerSecond: Double, failedAttemptsPerSecond: Double) {
            self.deliveredPerSecond = deliveredPerSecond
            self.failedAttemptsPerSecond = failedAttemptsPerSecond
        }
    }

    /// A delivery that failed.
    package struct Failure: Codable, Sendable {
        package let failedAt: String
        package let correlationId: String
        package let sequence: Int
        package let artifactType: String
        package let origin: String
        /// The error class.
        package let reason: String
        /// 0: it failed without an attempt.
        package let attempts: Int

        package init(
            failedAt: String, correlationId: String, sequence: Int, artifactType: String, origin: String,
            reason: String, attempts: Int
        ) {
            self.failedAt = failedAt
            self.correlationId = correlationId
            self.sequence = sequence
            self.artifactType = artifactType
            self.origin = origin
            self.reason = reason
            self.attempts = attempts
        }
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
        /// When the state began; nil: before the start of the relay, or no attempt has ended yet.
        package let since: String?
        /// Error class of the last attempt; nil if it succeeded.
        package let lastError: String?
        /// When the next attempt is due; nil: now, or when one in flight has ended, or there is nothing to send.
        package let nextAttemptAt: String?
        /// The receiver asked for no attempt until then (`Retry-After`).
        package let pausedUntil: String?

        package init(
            origin: String, inFlight: Int, pending: Int, hasMore: Bool, state: String, since: String? = nil,
            lastError: String? = nil, nextAttemptAt: String? = nil, pausedUntil: String? = nil
        ) {
            self.origin = origin
            self.inFlight = inFlight
            self.pending = pending
            self.hasMore = hasMore
            self.state = state
            self.since = since
            self.lastError = lastError
            self.nextAttemptAt = nextAttemptAt
            self.pausedUntil = pausedUntil
        }
    }
}
