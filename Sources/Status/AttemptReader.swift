internal import DequeModule
internal import LocalHTTP
internal import NIOCore
internal import Synchronization

/// The attempts that one client of `/attempts` has not read yet, and the stream of lines made of them.
final class AttemptReader: HTTPBodyStream {
    /// Maximum memory of unread attempts, in bytes. Beyond it, the oldest are dropped and counted.
    private static let maxBytes = 1 << 20
    /// Maximum number of attempts in one part of the stream.
    private static let maxBatch = 1_024
    /// How long attempts wait for others, unless a whole part waits, so that many attempts a second cost few writes.
    private static let batchDelay = Duration.milliseconds(20)

    private enum Wake {
        case attempts, idle, ended
    }

    private struct State {
        var queue = Deque<FinishedAttempt>()
        var bytes = 0
        var missed = 0
        var isEnded = false
        var waiter: CheckedContinuation<Wake, Never>?
        var keepAlive: Task<Void, Never>?

        /// nil while there is nothing to write.
        var wake: Wake? { queue.isEmpty && missed == 0 ? (isEnded ? .ended : nil) : .attempts }

        mutating func add(_ attempt: FinishedAttempt) {
            queue.append(attempt)
            bytes += attempt.size
            while bytes > AttemptReader.maxBytes, queue.count > 1 {
                bytes -= queue.removeFirst().size
                missed += 1
            }
        }

        mutating func takeWaiter() -> CheckedContinuation<Wake, Never>? {
            defer { waiter = nil }
            return waiter
        }
    }

    private let filter: AttemptFilter
    private let closed: @Sendable (AttemptReader) -> Void
    private let state = Mutex(State())

    init(_ filter: AttemptFilter, closed: @escaping @Sendable (AttemptReader) -> Void) {
        self.filter = filter
        self.closed = closed
    }

    func add(_ attempt: FinishedAttempt) {
        guard filter.matches(attempt) else { return }
        let waiter = state.withLock { state -> CheckedContinuation<Wake, Never>? in
            if state.isEnded { return nil }
            state.add(attempt)
            return state.takeWaiter()
        }
        waiter?.resume(returning: .attempts)
    }

    /// Ends the stream after the unread attempts.
    func end() {
        let waiter = state.withLock { state in
            state.isEnded = true
            return state.takeWaiter()
        }
        waiter?.resume(returning: .ended)
    }

    /// Writes a blank line whenever nothing else was written for this long.
    func keepAlive(every interval: Duration) {
        let task = Task { [weak self] in
            while (try? await Task.sleep(for: interval)) != nil {
                guard let self else { return }
                state.withLock { $0.takeWaiter() }?.resume(returning: .idle)
            }
        }
        state.withLock { $0.keepAlive = task }
    }

    // MARK: HTTPBodyStream

    func next() async -> ByteBuffer? {
        switch await waitForWake() {
        case .attempts:
            let waits = state.withLock { $0.queue.count < Self.maxBatch && !$0.isEnded }
            if waits { try? await Task.sleep(for: Self.batchDelay) }
            return batch()
        case .idle: return ByteBuffer(string: "\n")
        case .ended: return nil
        }
    }

    func close() {
        let (waiter, task) = state.withLock { state in
            state.isEnded = true
            state.queue = []
            state.bytes = 0
            state.missed = 0
            return (state.takeWaiter(), state.keepAlive)
        }
        waiter?.resume(returning: .ended)
        task?.cancel()
        closed(self)
    }

    private func waitForWake() async -> Wake {
        await withCheckedContinuation { continuation in
            let wake = state.withLock { state in
                let wake = state.wake
                if wake == nil { state.waiter = continuation }
                return wake
            }
            if let wake { continuation.resume(returning: wake) }
        }
    }

    /// The next attempts as lines. A line with the number of missed attempts comes first.
    private func batch() -> ByteBuffer {
        let (missed, attempts) = state.withLock { state in
            let attempts = Array(state.queue.prefix(Self.maxBatch))
            state.queue.removeFirst(attempts.count)
            state.bytes -= attempts.reduce(0) { $0 + $1.size }
            defer { state.missed = 0 }
            return (state.missed, attempts)
        }
        var lines = JSONLine()
        if missed > 0 {
            lines.begin()
            lines.add("missed", plain: "\(missed)")
            lines.end()
        }
        for attempt in attempts { attempt.write(to: &lines) }
        return lines.buffer
    }
}
