package import Domain
package import Logging
internal import Synchronization

/// Whether events are accepted, and if not, why. Logs each change once, at most ten a minute; `/readyz` fails while they
/// are not.
package final class IntakeHealth: Sendable {
    private struct State {
        var reason: String?
        var problem = RecurringProblem()
    }

    private let time: any TimeSource
    private let logger: Logger
    private let state = Mutex(State())

    package init(time: any TimeSource, logger: Logger) {
        self.time = time
        self.logger = logger
    }

    /// Why events are not accepted; nil while they are.
    package var problem: String? { state.withLock { $0.reason } }

    package func failed(_ reason: String) {
        let now = time.now().monotonic
        let omitted = state.withLock { state in
            state.reason = reason
            return state.problem.noticed(at: now)
        }
        guard let omitted else { return }
        var metadata: Logger.Metadata = ["reason": "\(reason)"]
        if omitted > 0 { metadata["not_logged"] = .stringConvertible(omitted) }
        logger.error(
            "Not accepting events; writers that read acknowledgements are blocked, lines of others are dropped",
            metadata: metadata)
    }

    /// Reports that no further event is accepted until the relay ends.
    package func end(_ reason: String) { state.withLock { $0.reason = reason } }

    package func recovered() {
        let isLogged = state.withLock { state in
            state.reason = nil
            return state.problem.ended()
        }
        if isLogged { logger.notice("Accepting events again") }
    }
}
