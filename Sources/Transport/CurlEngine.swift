internal import CCurl
internal import Foundation
internal import Glibc
internal import Synchronization

/// Performs transfers with libcurl: one `curl_multi` handle on one thread.
final class CurlEngine: Sendable {
    private struct State {
        /// Transfers that the thread has not started yet.
        var arrivals: [Transfer] = []
        var isStopped = false
    }

    private let state = Mutex(State())
    private let ended = DispatchSemaphore(value: 0)
    private let wakeup: Int32
    private let connections: OpenConnections
    /// Used on the engine's thread only. Not freed when the thread ends, because freeing it would call libcurl while
    /// the process exits.
    nonisolated(unsafe) private let loop: CurlLoop

    /// - Parameters:
    ///   - queue: the session's queue, on which tasks end.
    ///   - caFile: the bundle of trusted authorities; nil: libcurl's default.
    /// - Throws: ``TransportError`` if no file descriptor is available or libcurl has no memory.
    init(name: String, limits: EngineLimits, queue: DispatchQueue, caFile: String?) throws(TransportError) {
        wakeup = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        guard wakeup >= 0 else { throw TransportError("cannot create an eventfd: \(SystemError.current)") }
        let connections = OpenConnections(max: limits.maxConnections)
        self.connections = connections
        unsafe loop = try CurlLoop(
            wakeup: wakeup, connections: connections, limits: limits, caFile: caFile, queue: queue)
        let thread = Thread { [self] in
            Thread.current.name = name
            Self.blockBrokenPipeSignal()
            unsafe loop.run { self.takeArrivals() }
            ended.signal()
        }
        thread.start()
    }

    /// A TLS library may write to a connection that its peer has closed, which would otherwise end the process.
    private static func blockBrokenPipeSignal() {
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        unsafe sigaddset(&signals, SIGPIPE)
        unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
    }

    /// Starts a transfer. Called from any thread. Once the engine is stopped, the transfer never ends.
    func start(_ transfer: Transfer) {
        let isFirst = state.withLock { state in
            state.arrivals.append(transfer)
            return state.arrivals.count == 1
        }
        if isFirst { eventfd_write(wakeup, 1) }
    }

    /// - Returns: nil if the engine must stop.
    private func takeArrivals() -> [Transfer]? {
        state.withLock { state in
            defer { state.arrivals = [] }
            return state.isStopped ? nil : state.arrivals
        }
    }

    /// Ends the thread, so that nothing calls libcurl while the process exits. Active transfers get no outcome.
    func stop() {
        state.withLock { $0.isStopped = true }
        eventfd_write(wakeup, 1)
    }

    /// Waits after ``stop()`` until the thread has ended.
    func waitUntilStopped(deadline: DispatchTime) { _ = ended.wait(timeout: deadline) }

    /// Open sockets, including those of idle connections.
    var connectionCount: Int { connections.count }
}

/// The system's description of `errno`.
enum SystemError {
    static var current: String { unsafe String(cString: strerror(errno)) }
}
