internal import Dispatching
internal import Domain
internal import Intake
internal import Outbox

/// Has intake accept the `workflow.completed` of each workflow as soon as its other deliveries are final.
///
/// The outbox knows which are due, so that none is lost at a restart.
final class CompletionReporter: Sendable {
    /// Workflows that one commit reports.
    private static let slice = 500
    /// Also checks this often, because attempts may be recorded later, while the disk accepts no writes.
    private static let interval = Duration.seconds(1)

    private let store: any AcceptanceStore
    private let time: any TimeSource
    private let (checks, check) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))

    init(store: any AcceptanceStore, time: any TimeSource) {
        self.store = store
        self.time = time
    }

    /// A workflow was completed.
    func workflowCompleted() { check.yield() }

    /// An attempt ended, and is recorded or kept.
    func attemptEnded(_ record: AttemptRecord) {
        let selected = record.delivery.registration.filter.events
        if record.nextAttemptAt == nil, selected.contains(.workflowCompleted) { check.yield() }
    }

    /// Reports until the task is cancelled.
    func run(_ intake: EventIntake) async {
        check.yield()  // for those that are due from before the start
        await withDiscardingTaskGroup { tasks in
            tasks.addTask { [self] in
                while (try? await time.sleep(for: Self.interval)) != nil { check.yield() }
                check.finish()
            }
            for await _ in checks { await report(intake) }
        }
    }

    private func report(_ intake: EventIntake) async {
        var reported: [CorrelationID] = []
        while let due = try? await store.dueCompletions(limit: Self.slice), !due.isEmpty, due != reported {
            await intake.reportCompletions(of: due)  // returns without effect while the relay stops
            reported = due
        }
    }
}
