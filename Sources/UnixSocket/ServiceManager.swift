internal import Glibc
internal import Synchronization

/// Tells the service manager about the state of the process (sd_notify(3)). Never blocks; a message that cannot be sent
/// is lost.
package final class ServiceManager: Sendable {
    /// Within this time the service manager expects each ``keepAlive()``; nil: it does not watch the process.
    package let watchdogInterval: Duration?
    private let path: String
    private let descriptor: Int32

    /// Reads `NOTIFY_SOCKET`, `WATCHDOG_USEC` and `WATCHDOG_PID`.
    ///
    /// - Returns: nil if there is no service manager to tell.
    package init?(environment: [String: String], processID: Int32 = getpid()) {
        guard let path = environment["NOTIFY_SOCKET"], path.hasPrefix("/") || path.hasPrefix("@") else { return nil }
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        self.path = path
        let isWatched = environment["WATCHDOG_PID"].map { $0 == "\(processID)" } ?? true
        let interval = environment["WATCHDOG_USEC"].flatMap { Int64($0) } ?? 0
        watchdogInterval = isWatched && interval > 0 ? .microseconds(interval) : nil
    }

    deinit { close(descriptor) }

    /// The start is complete.
    package func ready() { send("READY=1") }
    /// The stop has begun.
    package func stopping() { send("STOPPING=1") }
    /// The process works.
    package func keepAlive() { send("WATCHDOG=1") }
    /// One line for people.
    package func show(_ status: String) { send("STATUS=\(status)") }

    private func send(_ message: String) {
        let bytes = Array(message.utf8)
        _ = try? unsafe SocketAddress.withAddress(path, isAbstract: path.hasPrefix("@")) { address, length in
            unsafe sendto(descriptor, bytes, bytes.count, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL), address, length)
                >= 0
        }
    }
}
