internal import Events
internal import Logging
internal import Synchronization

/// Records attempts in the store, and keeps those that it does not take until it does.
///
/// A disk that is full does not stop delivery: what was sent stays known here, in order, up to a limit; beyond it,
/// attempts wait before they give up their slot.
final class Recorder: Sendable {
    /// Attempts kept at most while the store takes none.
    private static let limit = 10_000
    /// Recorded at once at most: recording takes room on the disk before it frees any.
    private static let batch = 256
    private static let pause = Duration.milliseconds(250)

    private let store: any DeliveryStore
    private let logger: Logger
    private let kept = Mutex(Kept())

    private struct Kept {
        var records: [AttemptRecord] = []
        /// Somebody tries to record them.
        var areBeingRecorded = false
    }

    init(store: any DeliveryStore, logger: Logger) {
        self.store = store
        self.logger = logger
    }

    /// Attempts that the store has not taken yet.
    var keptCount: Int { kept.withLock { $0.records.count } }

    /// Deliveries that are final, though the store does not know it yet.
    var keptEnds: Set<DeliveryID> {
        kept.withLock { kept in Set(kept.records.lazy.filter { $0.nextAttemptAt == nil }.map(\.delivery.id)) }
    }

    /// Returns once the attempt is recorded, or kept. When its task is cancelled, which ends the relay, it may be neither:
    /// the delivery then goes again after the next start.
    func record(_ record: AttemptRecord) async {
        while true {
            let isFirst: Bool? = kept.withLock { kept in
                if kept.records.isEmpty { return true }
                guard kept.records.count < Self.limit else { return nil }
                kept.records.append(record.withoutBody)
                return false
            }
            if isFirst == false { return }
            if isFirst == true { return await recordNow(record) }
            if Task.isCancelled { return }
            try? await Task.sleep(for: Self.pause)
        }
    }

    private func recordNow(_ record: AttemptRecord) async {
        do {
            try await store.record([record])
        } catch {
            let isFirst = kept.withLock { kept in
                kept.records.append(record.withoutBody)
                defer { kept.areBeingRecorded = true }
                return !kept.areBeingRecorded
            }
            guard isFirst else { return }
            logger.error("Cannot record attempts in the outbox; keeping them", metadata: ["error": "\(error)"])
            Task { await recordKept() }
        }
    }

    /// Tries until nothing is kept any more: with fewer at once while that fails, down to one.
    private func recordKept() async {
        var most = Self.batch
        while let batch = nextBatch(most) {
            do {
                try await store.record(batch)
                kept.withLock { $0.records.removeFirst(batch.count) }
                most = min(most * 2, Self.batch)
            } catch {
                if batch.count == 1 { try? await Task.sleep(for: Self.pause) }
                most = max(batch.count / 2, 1)
            }
        }
        logger.notice("Attempts are recorded in the outbox again")
    }

    /// - Returns: nil if nothing is kept; whoever asked is then done.
    private func nextBatch(_ most: Int) -> [AttemptRecord]? {
        kept.withLock { kept in
            kept.areBeingRecorded = !kept.records.isEmpty
            return kept.areBeingRecorded ? Array(kept.records.prefix(most)) : nil
        }
    }
}
