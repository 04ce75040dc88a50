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
    private static let pause = Duration.milliseconds(250)

    private let store: any DeliveryStore
    private let logger: Logger
    private let kept = Mutex<[AttemptRecord]>([])

    init(store: any DeliveryStore, logger: Logger) {
        self.store = store
        self.logger = logger
    }

    /// Attempts that the store has not taken yet.
    var keptCount: Int { kept.withLock { $0.count } }

    /// Deliveries that are final, though the store does not know it yet.
    var keptEnds: Set<DeliveryID> {
        kept.withLock { kept in Set(kept.lazy.filter { $0.nextAttemptAt == nil }.map(\.delivery.id)) }
    }

    /// Returns once the attempt is recorded, or kept. When its task is cancelled, which ends the relay, it may be neither:
    /// the delivery then goes again after the next start.
    func record(_ record: AttemptRecord) async {
        while true {
            let isFirst: Bool? = kept.withLock { kept in
                if kept.isEmpty { return true }
                guard kept.count < Self.limit else { return nil }
                kept.append(record.withoutBody)
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
                kept.append(record.withoutBody)
                return kept.count == 1
            }
            guard isFirst else { return }
            logger.error("Cannot record attempts in the outbox; keeping them", metadata: ["error": "\(error)"])
            Task { await recordKept() }
        }
    }

    /// Tries until nothing is kept any more.
    private func recordKept() async {
        while true {
            let batch = kept.withLock { $0 }
            if batch.isEmpty { break }
            do {
                try await store.record(batch)
                kept.withLock { $0.removeFirst(batch.count) }
            } catch {
                try? await Task.sleep(for: Self.pause)
            }
        }
        logger.notice("Attempts are recorded in the outbox again")
    }
}
