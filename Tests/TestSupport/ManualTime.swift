package import Events
internal import Synchronization

/// A clock that stands still until a test moves it.
package final class ManualTime: TimeSource {
    private let current: Mutex<Moment>

    /// - Parameter wall: where the wall clock stands, in microseconds since 1970.
    package init(wall: Int64 = 1_795_000_000_000_000) {
        current = Mutex(Moment(wall: WallTime(microseconds: wall), monotonic: MonotonicTime(.zero)))
    }

    package func now() -> Moment { current.withLock { $0 } }

    /// Moves both clocks forward.
    package func advance(by wait: Duration) { current.withLock { $0 = $0 + wait } }
}
