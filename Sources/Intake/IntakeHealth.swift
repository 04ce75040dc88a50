package import Logging
internal import Synchronization

/// Whether events are accepted, and if not, why. Logs each change once; `/readyz` fails while they are not.
package final class IntakeHealth: Sendable {
    private let logger: Logger
    private let current = Mutex<String?>(nil)

    package init(logger: Logger) { self.logger = logger }

    /// Why events are not accepted; nil while they are.
    package var problem: String? { current.withLock { $0 } }

    func failed(_ reason: String) {
        let isNew = current.withLock { current in
            defer { current = reason }
            return current == nil
        }
        if isNew {
            logger.error(
                "Not accepting events; writers that read acknowledgements are blocked, lines of others are dropped",
                metadata: ["reason": "\(reason)"])
        }
    }

    /// Reports that no further event is accepted until the relay ends.
    package func end(_ reason: String) { current.withLock { $0 = reason } }

    func recovered() {
        let hadFailed = current.withLock { current in
            defer { current = nil }
            return current != nil
        }
        if hadFailed { logger.notice("Accepting events again") }
    }
}
