internal import Domain
internal import Logging
internal import Outbox
internal import Synchronization

/// Records attempts in the outbox, and keeps them in memory, in order, while the outbox cannot be written.
///
/// So a full disk does not stop delivery. When the maximum number of attempts is kept, further ones wait; no
/// attempt starts while too many wait to be recorded.
final class Recorder: Sendable {
    /// Maximum number of attempts kept.
    private static let maxKept = 10_000
    /// Maximum number of attempts recorded at once: recording takes disk space before it frees any.
    private static let maxBatch = 256
    private static let retryDelay = Duration.milliseconds(250)

    private enum Admission {
        case recordNow
        case kept
        case full
    }

    private struct State {
        /// Attempts that could not be recorded, in order.
        var kept: [AttemptRecord] = []
        var isFlushing = false
        /// A disk that is nearly full may accept one attempt and not the next.
        var problem = RecurringProblem()

        /// While attempts are kept, a further one must not be recorded before them.
        mutating func admit(_ records: [AttemptRecord]) -> Admission {
            if kept.isEmpty { return .recordNow }
            if kept.count >= Recorder.maxKept { return .full }
            kept += records.map(\.withoutBody)
            return .kept
        }
    }

    private let store: any DeliveryStore
    private let time: any TimeSource
    private let logger: Logger
    private let state = Mutex(State())

    init(store: any DeliveryStore, time: any TimeSource, logger: Logger) {
        self.store = store
        self.time = time
        self.logger = logger
    }

    /// Attempts that are not recorded yet.
    var keptCount: Int { state.withLock { $0.kept.count } }

    /// Deliveries that are final, but still pending in the outbox.
    var keptFinals: Set<DeliveryID> {
        state.withLock { state in
            Set(state.kept.lazy.filter { $0.nextAttemptAt == nil }.map(\.delivery.id))
        }
    }

    /// Returns once the attempts are recorded or kept. If the task is cancelled, because the relay stops, they may be
    /// neither; the deliveries are then attempted again after the next start.
    func record(_ records: [AttemptRecord]) async {
        while true {
            switch state.withLock({ $0.admit(records) }) {
            case .recordNow: return await recordNow(records)
            case .kept: return
            case .full:
                if Task.isCancelled { return }
                try? await time.sleep(for: Self.retryDelay)
            }
        }
    }

    private func recordNow(_ records: [AttemptRecord]) async {
        do {
            try await store.record(records)
        } catch {
            let startsFlush = state.withLock { state in
                state.kept += records.map(\.withoutBody)
                defer { state.isFlushing = true }
                return !state.isFlushing
            }
            logFailure(error)
            if startsFlush { Task { await flush() } }
        }
    }

    private func logFailure(_ error: any Error) {
        let now = time.now().monotonic
        guard let omitted = state.withLock({ $0.problem.noticed(at: now) }) else { return }
        var metadata: Logger.Metadata = ["error": "\(error)"]
        if omitted > 0 { metadata["not_logged"] = .stringConvertible(omitted) }
        logger.error("Cannot record attempts in the outbox; keeping them in memory", metadata: metadata)
    }

    /// Retries until all kept attempts are recorded. Halves the batch with each failure, down to one attempt.
    private func flush() async {
        var size = Self.maxBatch
        while let batch = nextBatch(size) {
            do {
                try await store.record(batch)
                state.withLock { $0.kept.removeFirst(batch.count) }
                size = min(size * 2, Self.maxBatch)
            } catch {
                logFailure(error)
                if batch.count == 1 { try? await time.sleep(for: Self.retryDelay) }
                size = max(batch.count / 2, 1)
            }
        }
        if state.withLock({ $0.problem.ended() }) { logger.notice("All attempts are recorded in the outbox again") }
    }

    /// - Returns: nil if no attempt is kept; the flush has then ended.
    private func nextBatch(_ size: Int) -> [AttemptRecord]? {
        state.withLock { state in
            state.isFlushing = !state.kept.isEmpty
            return state.isFlushing ? Array(state.kept.prefix(size)) : nil
        }
    }
}
