/// One line of `/attempts`, as its readers decode it.
package struct AttemptReport: Codable, Hashable, Sendable {
    package let endedAt: String
    package let correlationId: String
    package let sequence: Int
    package let artifactId: String
    package let artifactType: String
    /// `artifact.created` or `workflow.completed`.
    package let event: String
    package let origin: String
    /// From 1.
    package let attempt: Int
    /// nil if there was no response.
    package let status: Int?
    /// The error class; nil for 2xx.
    package let error: String?
    /// In milliseconds.
    package let durationMs: Double
    /// `delivered`, `retry` or `failed`.
    package let outcome: String
    /// Only of a `retry`.
    package let nextAttemptAt: String?
    package let traceId: String?
}
