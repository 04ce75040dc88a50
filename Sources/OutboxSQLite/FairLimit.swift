internal import OrderedCollections
internal import Synchronization

/// Limits how many tasks do something at one time. Further ones wait, and proceed in the order of their calls.
final class FairLimit: Sendable {
    private struct State {
        var free: Int
        var lastWaiter = 0
        var waiting: OrderedDictionary<Int, CheckedContinuation<Void, any Error>> = [:]
    }

    private let state: Mutex<State>

    init(_ max: Int) { state = Mutex(State(free: max)) }

    /// - Throws: what `body` throws, or `CancellationError` if the task is cancelled while it waits.
    func run<Value: Sendable>(_ body: () async throws -> Value) async throws -> Value {
        try await enter()
        defer { leave() }
        return try await body()
    }

    private func enter() async throws {
        let number = state.withLock { state in
            state.lastWaiter += 1
            return state.lastWaiter
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let begins: Result<Void, any Error>? = state.withLock { state in
                    // A cancellation after this finds the continuation.
                    if Task.isCancelled { return .failure(CancellationError()) }
                    if state.free > 0 {
                        state.free -= 1
                        return .success(())
                    }
                    state.waiting[number] = continuation
                    return nil
                }
                if let begins { continuation.resume(with: begins) }
            }
        } onCancel: {
            state.withLock { $0.waiting.removeValue(forKey: number) }?.resume(throwing: CancellationError())
        }
    }

    private func leave() {
        let next: CheckedContinuation<Void, any Error>? = state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.free += 1
                return nil
            }
            return state.waiting.removeFirst().value
        }
        next?.resume()
    }
}
