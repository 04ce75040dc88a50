internal import Domain
internal import Logging
internal import Synchronization

/// Logs at most ten rejected lines a second, so that a faulty writer cannot flood the log. Counts the others in
/// `not_logged` of the next record.
final class RejectionLog: Sendable {
    private static let linesPerSecond = 10

    private struct State {
        var second: Int64 = 0
        var written = 0
        var suppressed = 0
    }

    private let logger: Logger
    private let time: any TimeSource
    private let state = Mutex(State())

    init(logger: Logger, time: any TimeSource) {
        self.logger = logger
        self.time = time
    }

    /// Never logs the line's content.
    func write(_ rejection: Rejection, line: Int, connection: Int) {
        let second = time.now().monotonic.sinceStart.components.seconds
        let suppressed: Int? = state.withLock { state in
            if state.second != second { (state.second, state.written) = (second, 0) }
            guard state.written < Self.linesPerSecond else {
                state.suppressed += 1
                return nil
            }
            state.written += 1
            defer { state.suppressed = 0 }
            return state.suppressed
        }
        guard let suppressed else { return }
        var metadata: Logger.Metadata = [
            "connection": .stringConvertible(connection), "line": .stringConvertible(line),
            "code": "\(rejection.code.rawValue)",
            "reason": "\(rejection.message)",
        ]
        if suppressed > 0 { metadata["not_logged"] = .stringConvertible(suppressed) }
        logger.warning("A line was rejected", metadata: metadata)
    }
}
