internal import Dispatch
internal import Domain
internal import Intake
internal import Logging
internal import Outbox
internal import UnixSocket

/// Checks once a second that the files of the daemon are still the ones it opened.
///
/// A socket is bound again. Without its lock file or its outbox the daemon must end: another daemon could use the same
/// state, and the next start would not find what is acknowledged now.
struct FileWatch: Sendable {
    private static let interval = Duration.seconds(1)

    let lock: FileLock
    let outbox: any MaintenanceStore
    let sockets: [BoundSocket]
    let health: IntakeHealth
    let time: any TimeSource
    let logger: Logger
    /// The file system may block; the threads of other work must not.
    private let queue = DispatchQueue(label: "file-watch")

    init(
        lock: FileLock, outbox: any MaintenanceStore, sockets: [BoundSocket], health: IntakeHealth,
        time: any TimeSource, logger: Logger
    ) {
        self.lock = lock
        self.outbox = outbox
        self.sockets = sockets
        self.health = health
        self.time = time
        self.logger = logger
    }

    /// Checks until the task is cancelled.
    ///
    /// - Parameter lost: called before this throws.
    /// - Throws: ``StateLost`` when the daemon must end.
    func run(lost isLost: @Sendable () -> Void) async throws {
        while !Task.isCancelled {
            try? await time.sleep(for: Self.interval)
            guard let lost = await check() else { continue }
            health.end(lost.description)
            logger.critical("The state directory has changed; stopping", metadata: ["reason": "\(lost)"])
            isLost()
            throw lost
        }
    }

    private func check() async -> StateLost? {
        await withCheckedContinuation { continuation in
            queue.async { continuation.resume(returning: checkNow()) }
        }
    }

    private func checkNow() -> StateLost? {
        for socket in sockets { socket.check() }
        do {
            try outbox.verifyStorage()
        } catch {
            return StateLost("\(error)")
        }
        return lock.isInPlace
            ? nil : StateLost("the lock file was removed or replaced; another flock-relay may use the same state")
    }
}

/// Why the daemon can no longer use its state directory.
package struct StateLost: Error, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}
