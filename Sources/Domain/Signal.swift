internal import Synchronization

/// Wakes one waiting task. A signal that is sent while no task waits is kept; several are kept as one.
package final class Signal: Sendable {
    private enum State {
        case idle
        case signalled
        case waiting(CheckedContinuation<Void, Never>)
    }

    private let state = Mutex(State.idle)

    package init() {}

    package func send() {
        let waiter: CheckedContinuation<Void, Never>? = state.withLock { state in
            guard case .waiting(let waiter) = state else {
                state = .signalled
                return nil
            }
            state = .idle
            return waiter
        }
        waiter?.resume()
    }

    /// Returns at the next signal. At most one task waits at a time.
    package func wait() async {
        await withCheckedContinuation { continuation in
            let isSignalled = state.withLock { state in
                if case .signalled = state {
                    state = .idle
                    return true
                }
                state = .waiting(continuation)
                return false
            }
            if isSignalled { continuation.resume() }
        }
    }

    /// Returns at the next signal, or after `limit`.
    package func wait(atMost limit: Duration?, _ time: any TimeSource) async {
        guard let limit else { return await wait() }
        let alarm = Task {
            try await time.sleep(for: limit)
            send()
        }
        await wait()
        alarm.cancel()
    }
}
