internal import Dispatching
internal import Domain
internal import Intake
internal import Logging
internal import Outbox
internal import Synchronization

/// Has intake accept the `workflow.completed` of each workflow as soon as its other deliveries are final.
///
/// The outbox keeps what is requested, so a restart loses none.
final class CompletionWatch: Sendable {
    /// Workflows that one commit takes. Each completion lists what failed, so it may be large.
    private static let slice = 64
    /// Time between two checks without a reason: attempts may be recorded late, while the disk accepts no writes.
    private static let interval = Duration.seconds(1)

    private let store: any AcceptanceStore
    private let time: any TimeSource
    private let logger: Logger
    private let (checks, check) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
    private let isFailing = Mutex(false)

    init(store: any AcceptanceStore, time: any TimeSource, logger: Logger) {
        self.store = store
        self.time = time
        self.logger = logger
    }

    /// A writer completed a workflow.
    func workflowCompleted() { check.yield() }

    /// An attempt ended, and is recorded or kept.
    func attemptEnded(_ record: AttemptRecord) {
        let events = record.delivery.registration.filter.events
        if record.nextAttemptAt == nil, events.contains(.workflowCompleted) { check.yield() }
    }

    /// Runs until the task is cancelled.
    func run(_ intake: EventIntake) async {
        check.yield()  // for those that are due from before the start
        await withDiscardingTaskGroup { tasks in
            tasks.addTask { [self] in
                while (try? await time.sleep(for: Self.interval)) != nil { check.yield() }
                check.finish()
            }
            for await _ in checks { await acceptDue(intake) }
        }
    }

    private func acceptDue(_ intake: EventIntake) async {
        do {
            while try await acceptSlice(intake) {}
            isFailing.withLock { $0 = false }
        } catch {
            let isNew = isFailing.withLock { isFailing in
                defer { isFailing = true }
                return !isFailing
            }
            if isNew && !Task.isCancelled {
                logger.error(
                    "Cannot accept a workflow.completed; trying again each second", metadata: ["error": "\(error)"])
            }
        }
    }

    /// - Returns: whether there may be more.
    private func acceptSlice(_ intake: EventIntake) async throws -> Bool {
        let due = try await store.dueCompletions(limit: Self.slice)
        if due.isEmpty { return false }
        do {
            try await intake.acceptCompletions(of: due)
        } catch  where due.count > 1 {
            // One workflow that cannot be read must not keep the others from completing.
            for id in due { try? await intake.acceptCompletions(of: [id]) }
            throw error
        }
        return due.count == Self.slice
    }
}
