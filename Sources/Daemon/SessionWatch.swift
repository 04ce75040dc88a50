internal import Domain
internal import Logging
internal import Synchronization
internal import Telemetry
internal import Transport

/// Detects a URLSession that does not end its requests. This is a defect of the relay; only a restart helps.
///
/// The requests of such a session have no outcome. They are sent again after the restart, without using up a retry.
final class SessionWatch: Sendable {
    private static let interval = Duration.seconds(1)
    /// Time beyond a request's deadline after which its session counts as stuck.
    private static let grace = Duration.seconds(5)

    private let pool: URLSessionPool
    private let meters: Meters
    private let time: any TimeSource
    private let logger: Logger
    private let stuck = Mutex(0)

    init(pool: URLSessionPool, meters: Meters, time: any TimeSource, logger: Logger) {
        self.pool = pool
        self.meters = meters
        self.time = time
        self.logger = logger
    }

    /// Number of sessions that hold a request beyond its deadline and the grace.
    var stuckCount: Int { stuck.withLock { $0 } }

    /// Checks once a second, until the task is cancelled.
    func run() async {
        var last = time.now().monotonic
        while !Task.isCancelled {
            try? await time.sleep(for: Self.interval)
            let now = time.now().monotonic
            // A late wake-up means that the whole process was suspended, so the sessions get time to catch up.
            if now - last < Self.interval * 2 { note(pool.stuckCount(grace: Self.grace)) }
            last = now
        }
    }

    private func note(_ count: Int) {
        let before = stuck.withLock { stuck in
            defer { stuck = count }
            return stuck
        }
        if count > before {
            meters.sessionStalls.add(count - before)
            logger.critical(
                "A URLSession does not end its requests; restart the relay, which sends them again",
                metadata: ["sessions": .stringConvertible(count)])
        } else if count < before {
            logger.notice("A URLSession ends its requests again", metadata: ["sessions": .stringConvertible(count)])
        }
    }
}
