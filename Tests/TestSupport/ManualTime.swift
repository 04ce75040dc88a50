package import Domain
internal import Synchronization

/// A clock that only a test advances. Sleepers wake when it has advanced far enough.
package final class ManualTime: TimeSource {
    private struct Sleeper {
        let until: MonotonicTime
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var current: Moment
        var sleepers: [Int: Sleeper] = [:]
        /// Sleepers that were cancelled before they began to sleep.
        var cancelled: Set<Int> = []
        var lastSleeper = 0
    }

    private let state: Mutex<State>

    /// At `Sample.noon`.
    package init() { state = Mutex(State(current: Sample.moment())) }

    package func now() -> Moment { state.withLock { $0.current } }

    /// Sets the system's clock forward, or back, at this instant.
    package func step(by difference: Duration) {
        state.withLock { state in
            let now = state.current
            state.current = Moment(wall: now.wall + difference, steady: now.steady, monotonic: now.monotonic)
        }
    }

    /// Moves all clocks forward.
    package func advance(by wait: Duration) {
        let woken = state.withLock { state in
            state.current = state.current + wait
            let due = state.sleepers.filter { $0.value.until <= state.current.monotonic }
            for number in due.keys { state.sleepers[number] = nil }
            return due.values.map(\.continuation)
        }
        for continuation in woken { continuation.resume() }
    }

    /// Moves all clocks forward as soon as this many sleepers wait.
    package func advance(by wait: Duration, whenSleeping count: Int) async throws {
        try await eventually("\(count) sleep") { sleeps.count >= count }
        advance(by: wait)
    }

    /// The waits of all sleepers, the shortest first.
    package var sleeps: [Duration] {
        state.withLock { state in
            state.sleepers.values.map { $0.until - state.current.monotonic }.sorted()
        }
    }

    package func sleep(for wait: Duration) async throws {
        let number = state.withLock { state in
            state.lastSleeper += 1
            return state.lastSleeper
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isOver: Result<Void, any Error>? = state.withLock { state in
                    if state.cancelled.remove(number) != nil { return .failure(CancellationError()) }
                    if wait <= .zero { return .success(()) }
                    state.sleepers[number] = Sleeper(
                        until: state.current.monotonic + wait, continuation: continuation)
                    return nil
                }
                if let isOver { continuation.resume(with: isOver) }
            }
        } onCancel: {
            let sleeper = state.withLock { state in
                let sleeper = state.sleepers.removeValue(forKey: number)
                if sleeper == nil { state.cancelled.insert(number) }
                return sleeper
            }
            sleeper?.continuation.resume(throwing: CancellationError())
        }
    }
}
