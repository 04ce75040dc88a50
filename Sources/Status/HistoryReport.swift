/// The answer of `/history`.
package struct HistoryReport: Codable, Sendable {
    /// Between two samples.
    package let intervalSeconds: Int
    /// When the first sample began.
    package let startedAt: String
    /// The oldest first.
    package let samples: [Sample]

    package init(intervalSeconds: Int, startedAt: String, samples: [Sample]) {
        self.intervalSeconds = intervalSeconds
        self.startedAt = startedAt
        self.samples = samples
    }

    /// One second.
    package struct Sample: Codable, Sendable {
        /// When it began, in seconds since 1970-01-01T00:00:00Z.
        package let t: Int
        /// Attempts answered with 2xx.
        package let delivered: Int
        /// Attempts failed.
        package let failed: Int
        /// From creation to 2xx; nil if nothing was delivered.
        package let p50Ms: Double?
        package let p95Ms: Double?

        package init(t: Int, delivered: Int, failed: Int, p50Ms: Double?, p95Ms: Double?) {
            self.t = t
            self.delivered = delivered
            self.failed = failed
            self.p50Ms = p50Ms
            self.p95Ms = p95Ms
        }
    }
}
