internal import Logging
internal import Synchronization
internal import UnixSocket

/// One of the daemon's two sockets. It is bound again when its file is removed or replaced.
final class BoundSocket: Sendable {
    private struct State {
        var socket: ListeningSocket
        var isListening = false
        var problem: String?
    }

    /// The sockets to listen on: the first one, and each that replaces the one before.
    let sockets: AsyncStream<ListeningSocket>
    private let replaced: AsyncStream<ListeningSocket>.Continuation
    private let state: Mutex<State>
    private let logger: Logger

    init(_ socket: ListeningSocket, logger: Logger) {
        state = Mutex(State(socket: socket))
        self.logger = logger
        (sockets, replaced) = AsyncStream.makeStream()
        replaced.yield(socket)
    }

    var path: String { state.withLock { $0.socket.path } }

    /// Why programs cannot connect; nil if they can.
    var problem: String? {
        state.withLock { state in
            state.problem ?? (state.isListening ? nil : "\(state.socket.path): nothing listens on it yet")
        }
    }

    /// Call this once a server listens on one of ``sockets``.
    func listens(on socket: ListeningSocket) {
        socket.raiseBacklog()
        state.withLock { if $0.socket === socket { $0.isListening = true } }
    }

    /// Binds the socket again if its file is not in place. May block on the file system.
    func check() {
        let socket = state.withLock { $0.socket }
        guard !socket.isInPlace else { return state.withLock { $0.problem = nil } }
        do throws(SocketError) {
            let renewed = try socket.renewed()
            state.withLock { $0 = State(socket: renewed) }
            replaced.yield(renewed)
            logger.warning(
                "A socket file was removed or replaced; listening on a new one", metadata: ["path": "\(socket.path)"])
        } catch {
            note("\(error)")
        }
    }

    private func note(_ problem: String) {
        let isNew = state.withLock { state in
            defer { state.problem = problem }
            return state.problem != problem
        }
        if isNew {
            logger.error(
                "A socket file was removed or replaced, and cannot be bound again; programs cannot connect",
                metadata: ["error": "\(problem)"])
        }
    }

    /// Ends ``sockets``: the daemon is stopping.
    func stop() { replaced.finish() }

    /// Removes the socket file and releases the path for another daemon.
    func remove() { state.withLock { $0.socket }.remove() }
}
