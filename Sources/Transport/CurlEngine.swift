internal import CCurl
internal import Events
internal import Foundation
internal import Glibc
internal import Synchronization

/// Numbers that bound what an engine keeps.
enum EngineLimits {
    /// Seconds for which an idle connection is kept.
    static let maxIdleSeconds = 60
    /// Seconds after which a connection is not used again, however busy it is: a name may have moved since.
    static let maxConnectionSeconds = 300
    /// Idle connections of one engine.
    static let maxIdleConnections = 128
    /// How long the body of a decided response is read.
    static let maxBodyTime = Duration.seconds(1)
    /// Transfers at one time of which only the body is still read; beyond it, the oldest one ends.
    static let maxLingering = 64
}

/// Drives libcurl: one `curl_multi` on one thread, for as long as the process lives.
final class CurlEngine: Sendable {
    private let arrivals = Mutex<[Transfer]>([])
    private let wakeup: Int32
    private let connections: ConnectionCount

    /// - Parameters:
    ///   - queue: where the ends of transfers are told.
    ///   - caFile: the bundle of trusted authorities; nil: libcurl's own default.
    /// - Throws: ``TransportError`` if the system gives no descriptors or libcurl no memory.
    init(name: String, queue: DispatchQueue, caFile: String?) throws(TransportError) {
        wakeup = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        guard wakeup >= 0 else { throw TransportError("no descriptor for an engine: \(SystemError.current)") }
        let connections = ConnectionCount()
        self.connections = connections
        // Made here, where an error can be told, and used on the engine's thread only.
        nonisolated(unsafe) let loop = try CurlLoop(
            wakeup: wakeup, connections: connections, caFile: caFile, queue: queue)
        let thread = Thread { [self] in
            unsafe loop.run { self.takeArrivals() }
        }
        thread.name = name
        thread.start()
    }

    /// Takes a transfer over. Called from any thread.
    func start(_ transfer: Transfer) {
        let isFirst = arrivals.withLock { arrivals in
            arrivals.append(transfer)
            return arrivals.count == 1
        }
        if isFirst { eventfd_write(wakeup, 1) }
    }

    private func takeArrivals() -> [Transfer] {
        arrivals.withLock { arrivals in
            defer { arrivals = [] }
            return arrivals
        }
    }

    /// Sockets open now, those of idle connections included.
    var connectionCount: Int { connections.current }
}

/// Why the transport cannot start.
package struct TransportError: Error, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}

/// The system's words for `errno`.
enum SystemError {
    static var current: String { unsafe String(cString: strerror(errno)) }
}
