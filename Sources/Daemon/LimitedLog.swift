package import Domain
package import Logging
internal import Synchronization

/// Logs one kind of warning that outsiders can cause, at most ten times a second. Counts the others in `not_logged` of the
/// next record.
package final class LimitedLog: Sendable {
    private let message: Logger.Message
    private let logger: Logger
    private let time: any TimeSource
    private let limit = Mutex(RateLimit(10, per: .seconds(1)))

    package init(_ message: Logger.Message, logger: Logger, time: any TimeSource) {
        self.message = message
        self.logger = logger
        self.time = time
    }

    package func warn(_ metadata: @autoclosure () -> Logger.Metadata) {
        let now = time.now().monotonic
        guard let omitted = limit.withLock({ $0.admit(at: now) }) else { return }
        var metadata = metadata()
        if omitted > 0 { metadata["not_logged"] = .stringConvertible(omitted) }
        logger.warning(message, metadata: metadata)
    }
}
