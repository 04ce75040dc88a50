internal import Domain
internal import Logging
internal import Synchronization

/// Logs errors of the outbox, at most once a second.
final class ErrorLog: Sendable {
    private static let interval = Duration.seconds(1)

    private let time: any TimeSource
    private let logger: Logger
    private let last = Mutex<MonotonicTime?>(nil)

    init(time: any TimeSource, logger: Logger) {
        self.time = time
        self.logger = logger
    }

    func log(_ message: Logger.Message, _ error: any Error) {
        let now = time.now().monotonic
        let isDue = last.withLock { last in
            if let last, now - last < Self.interval { return false }
            last = now
            return true
        }
        if isDue { logger.error(message, metadata: ["error": "\(error)"]) }
    }
}
