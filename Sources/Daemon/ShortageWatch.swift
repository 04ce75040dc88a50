package import Domain
internal import Ingest
package import Logging
internal import Synchronization

/// What this host lacks, and what the relay cannot do because of it. Logs each problem at most once a minute; `/readyz`
/// fails while it lasts.
package final class ShortageWatch: Sendable {
    private struct State {
        /// When each problem was last noticed.
        var noticed: [String: MonotonicTime] = [:]
        /// When each message was last logged.
        var logged: [String: MonotonicTime] = [:]
        /// The number of writers at which accepting is paused.
        var pausedAt: Int?
    }

    private static let logInterval = Duration.seconds(60)
    /// A problem ends when it was not noticed for this long. The relay repeats what failed after a second.
    private static let duration = Duration.seconds(3)

    private let time: any TimeSource
    private let logger: Logger
    private let state = Mutex(State())

    package init(time: any TimeSource, logger: Logger) {
        self.time = time
        self.logger = logger
    }

    /// Messages for `/readyz`; empty while nothing is lacking.
    package var problems: [String] {
        let now = time.now().monotonic
        return state.withLock { state in
            state.noticed.filter { now - $0.value < Self.duration }.keys.sorted()
                + (state.pausedAt.map { ["no further writers are accepted: \($0) are connected"] } ?? [])
        }
    }

    /// An attempt could not begin.
    package func attemptNotBegun(_ shortage: Shortage) {
        if shortage == .lookups {  // Caused by name servers of receivers, so `/readyz` does not fail.
            log(
                "Attempts wait: all name look-ups are in use by names whose servers do not answer; no receiver is charged"
            )
            return
        }
        notice("attempts wait: this host has no free \(shortage.rawValue)")
        log("Attempts wait, because this host has no free \(shortage.rawValue); no receiver is charged")
    }

    private func notice(_ problem: String) {
        let now = time.now().monotonic
        state.withLock { $0.noticed[problem] = now }
    }

    private func log(_ message: String) {
        let now = time.now().monotonic
        let isDue = state.withLock { state in
            if let last = state.logged[message], now - last < Self.logInterval { return false }
            state.logged[message] = now
            return true
        }
        if isDue { logger.error("\(message)") }
    }
}

extension ShortageWatch: AcceptObserver {
    package func writersPaused(at count: Int) {
        state.withLock { $0.pausedAt = count }
        log("Not accepting further writers until one leaves, because the limit of open files allows no more; they wait")
    }

    package func writersAcceptedAgain() { state.withLock { $0.pausedAt = nil } }

    package func acceptFailed(_ code: Int32) {
        guard let shortage = Shortage(errno: code) else { return }
        notice("connections are not accepted: this host has no free \(shortage.rawValue)")
        log("Cannot accept connections, because this host has no free \(shortage.rawValue); trying again each second")
    }
}
