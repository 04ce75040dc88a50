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

/// The senders in a row that never became ready, at one place.
struct StartFailures {
    private static let shortestPause = Duration.milliseconds(100)
    private static let longestPause = Duration.seconds(5)

    private var inARow = 0

    /// How long to wait before the next sender.
    ///
    ///     failures in a row   0   1     2     3     4     5     6 …
    ///     pause in s          0   0.2   0.4   0.8   1.6   3.2   5
    mutating func pause(after life: SenderLife) -> Duration {
        inARow = life.wasReady ? 0 : inARow + 1
        return inARow == 0 ? .zero : min(Self.shortestPause * (1 << min(inARow, 6)), Self.longestPause)
    }
}
