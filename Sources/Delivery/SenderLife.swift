internal import Synchronization

/// One sender process as whoever keeps its place running sees it.
final class SenderLife: Sendable {
    private struct State {
        var wasReady = false
        var isOver = false
    }

    private let state = Mutex(State())

    var wasReady: Bool { state.withLock { $0.wasReady } }
    var isOver: Bool { state.withLock { $0.isOver } }
    /// Why it is replaced if it ended by itself.
    var endReason: String { wasReady ? "crashed" : "start_failed" }

    func becomeReady() { state.withLock { $0.wasReady = true } }
    func end() { state.withLock { $0.isOver = true } }
}
