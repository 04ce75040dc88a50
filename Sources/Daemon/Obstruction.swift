internal import Logging
internal import Synchronization

/// Whether lines can be taken over, and if not, why: one log line when that changes, and a failing `/readyz`.
final class Obstruction: Sendable {
    private let logger: Logger
    private let current = Mutex<String?>(nil)

    init(logger: Logger) { self.logger = logger }

    /// nil while lines are taken over.
    var reason: String? { current.withLock { $0 } }

    func report(_ reason: String) {
        let isNew = current.withLock { current in
            defer { current = reason }
            return current == nil
        }
        if isNew {
            logger.error(
                "Events cannot be taken over for now; writers that read replies are held",
                metadata: ["reason": "\(reason)"])
        }
    }

    func clear() {
        let wasObstructed = current.withLock { current in
            defer { current = nil }
            return current != nil
        }
        if wasObstructed { logger.notice("Events are taken over again") }
    }
}
