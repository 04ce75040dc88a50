import Daemon
import Domain
import Foundation
import Glibc
import Logging
import Synchronization
import Telemetry
import UnixSignals

/// Receives the stop signals, and ends the process in time although a stage does not stop, for example because the disk
/// blocks. What is not recorded by then is attempted again after the next start.
final class StopControl: Sendable {
    /// How long the daemon may take to stop in addition to `drain-timeout`.
    private static let margin = Duration.milliseconds(1_500)

    private let wait: Duration
    private let logger: Logger
    private let log: LogBuffer
    private let daemon = Mutex<RelayDaemon?>(nil)
    private let first = AsyncStream<Void>.makeStream()
    private let queue = DispatchQueue(label: "stop")

    /// Traps the signals at once, because the start may take long, and process 1 of a container has no default for them.
    init(drainTimeout: Duration, logger: Logger, log: LogBuffer) {
        wait = drainTimeout + Self.margin
        self.logger = logger
        self.log = log
        Task { await receiveSignals() }
    }

    /// The daemon whose deliveries the last message counts.
    func control(_ daemon: RelayDaemon) { self.daemon.withLock { $0 = daemon } }

    /// Returns at the first stop signal.
    func signalled() async {
        for await _ in first.stream {}
    }

    /// The second signal ends the process at once.
    private func receiveSignals() async {
        var count = 0
        for await _ in await UnixSignalsSequence(trapping: .sigterm, .sigint) {
            count += 1
            if count > 1 { Glibc._exit(1) }
            logger.notice("Stopping; a second signal ends at once")
            exit(inTimeWith: 0)
            first.continuation.finish()
        }
    }

    /// Ends the process at the deadline, unless it has ended by then.
    func exit(inTimeWith code: Int32) {
        queue.asyncAfter(deadline: .now() + wait.inSeconds) { Task { await self.logDelay() } }
        queue.asyncAfter(deadline: .now() + (wait + .milliseconds(100)).inSeconds) {
            self.log.flush(within: .milliseconds(250))
            Glibc._exit(code)
        }
    }

    private func logDelay() async {
        let remaining = await daemon.withLock { $0 }?.pendingCount()
        logger.error(
            "The relay did not stop in time; unrecorded attempts are made again after the next start",
            metadata: remaining.map { ["deliveries_remaining": .stringConvertible($0)] } ?? [:])
    }
}
