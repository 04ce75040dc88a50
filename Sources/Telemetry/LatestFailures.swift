package import Domain
internal import Synchronization

/// The deliveries that failed last, since the start of the relay.
package final class LatestFailures: Sendable {
    package struct Failure: Sendable {
        package let failedAt: SteadyTime
        package let correlationID: CorrelationID
        package let sequence: SequenceNumber
        package let artifactType: String
        package let origin: Origin
        package let reason: ErrorClass
        /// 0: it failed without an attempt.
        package let attempts: Int

        package init(_ delivery: Delivery, _ reason: ErrorClass, attempts: Int, at time: SteadyTime) {
            failedAt = time
            correlationID = delivery.correlationID
            sequence = delivery.sequence
            artifactType = delivery.artifactType
            origin = delivery.registration.url.origin
            self.reason = reason
            self.attempts = attempts
        }
    }

    /// The most failures that are kept.
    package static let limit = 20

    private let failures = Mutex<[Failure]>([])

    package init() {}

    package func add(_ failure: Failure) {
        failures.withLock { failures in
            if failures.count == Self.limit { failures.removeLast() }
            failures.insert(failure, at: 0)
        }
    }

    /// The newest first.
    package var all: [Failure] { failures.withLock { $0 } }
}
