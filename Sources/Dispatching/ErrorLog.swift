internal import Domain
internal import Logging
internal import Synchronization

/// Logs errors of the outbox, each kind at most once a second.
final class ErrorLog: Sendable {
    private static let interval = Duration.seconds(1)

    private let time: any TimeSource
    private let logger: Logger
    /// When each message was last logged.
    private let last = Mutex<[String: MonotonicTime]>([:])

    init(time: any TimeSource, logger: Logger) {
        self.time = time
        self.logger = logger
    }

    func log(_ message: Logger.Message, _ error: any Error) {
        let now = time.now().monotonic
        let isDue = last.withLock { last in
            if let time = last["\(message)"], now - time < Self.interval { return false }
            last["\(message)"] = now
            return true
        }
        if isDue { logger.error(message, metadata: ["error": "\(error)"]) }
    }
}
