import Delivery
import Events
import Frames
import NIOEmbedded
import Synchronization
import TestSupport

/// A pool's state with senders that are only numbers.
final class PoolBench {
    /// Notes which requests are made.
    private final class Log: Sendable {
        private let entries = Mutex<[UInt64]>([])

        var ids: [UInt64] { entries.withLock { $0 } }

        func make(_ id: UInt64, timeout: Duration) -> SendRequest {
            entries.withLock { $0.append(id) }
            return SendRequest(id: id, timeout: timeout, url: "u", headers: [], body: [])
        }
    }

    var state = PoolState()
    private let log = Log()
    private var outcomes: [UInt64: Task<PostResult, Never>] = [:]
    private var continuations: [UInt64: CheckedContinuation<PostResult, Never>] = [:]

    /// The requests made so far, in order, each as often as it was made.
    var made: [UInt64] { log.ids }
    var hasNoSuspects: Bool { Bench.allCases.allSatisfy { state.hasNoSuspects(on: $0) } }

    func time(_ seconds: Double) -> MonotonicTime { MonotonicTime(.seconds(seconds)) }

    /// A sender is started in a slot, and says that it is ready.
    func ready(_ slot: PoolState.Slot, processID: Int32, at seconds: Double = 0) -> [String] {
        start(slot, processID: processID, at: seconds)
        return heard(.ready, from: slot, at: seconds)
    }

    /// A process that is not ready yet.
    func start(_ slot: PoolState.Slot, processID: Int32, at seconds: Double) {
        let channel = SenderChannel(processID: processID, channel: EmbeddedChannel())
        state.started(slot, channel, now: time(seconds))
    }

    func heard(_ message: SenderMessage, from slot: PoolState.Slot, at seconds: Double = 0) -> [String] {
        perform(state.heard(message, from: slot, now: time(seconds)))
    }

    func died(_ slot: PoolState.Slot) -> [String] { perform(state.died(slot)) }

    /// A new request. Its number is that of the call, from 1.
    func accept(
        _ origin: String = "a", isTrusted: Bool = false, timeout: Duration = .seconds(10)
    ) async -> [String] {
        let id = state.takeID()
        let (continuations, receiver) = AsyncStream<CheckedContinuation<PostResult, Never>>.makeStream()
        outcomes[id] = Task { await withCheckedContinuation { receiver.yield($0) } }
        for await continuation in continuations {
            self.continuations[id] = continuation
            return perform(
                state.accept(
                    Flight(
                        id: id, timeout: timeout, origin: Sample.origin(origin), isTrusted: isTrusted,
                        continuation: continuation, makeRequest: { [log] in log.make(id, timeout: timeout) })))
        }
        return []
    }

    /// What the request ended with; waits for its end.
    func outcome(of id: UInt64) async -> AttemptOutcome? { await outcomes[id]?.value.outcome }

    /// Ends requests in place of the state, which never did: a second end would be a trap.
    func endThoseLeft(_ ids: UInt64...) {
        for id in ids { continuations[id]?.resume(returning: PostResult(.timeout)) }
    }

    /// The processes that count as frozen.
    func frozen(at seconds: Double) -> [Int32] {
        let patience = PoolState.Patience(
            start: .seconds(10), silence: .seconds(3), overtime: .seconds(2), linger: .seconds(2))
        return state.frozen(now: time(seconds), patience).map(\.processID).sorted()
    }

    /// Does what the state decided, and tells it in short words: `send 1 to 100`, `end`, `wake slow`,
    /// `finish 100`.
    private func perform(_ actions: [PoolState.Action]) -> [String] {
        actions.map { action in
            switch action {
            case .send(let id, let channel): return "send \(id) to \(channel.processID)"
            case .end(let continuation, let result):
                continuation.resume(returning: result)
                return "end"
            case .wakeApart(let bench): return "wake \(bench)"
            case .finish(let channel): return "finish \(channel.processID)"
            }
        }
    }
}
