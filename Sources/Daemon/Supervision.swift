internal import Dispatching
internal import Domain
internal import Intake
internal import Outbox
internal import UnixSocket

/// Reports to the service manager while intake, dispatching and every URLSession answer.
///
/// If one of them does not answer, the reports stop, and the service manager restarts the daemon.
struct Supervision: Sendable {
    /// How often the status line is sent if the service manager does not watch the process.
    private static let statusInterval = Duration.seconds(10)

    let manager: ServiceManager
    let intake: EventIntake
    let dispatcher: Dispatcher
    let sessions: SessionWatch
    let outbox: any HistoryStore
    let time: any TimeSource

    /// Reports until the task is cancelled, because the daemon stops.
    func run() async {
        // Three reports per interval: one may be late, another lost.
        let interval = manager.watchdogInterval.map { min($0 / 3, Self.statusInterval) } ?? Self.statusInterval
        while !Task.isCancelled {
            await intake.answer()
            await dispatcher.answer()
            if sessions.stuckCount == 0 { manager.keepAlive() }
            manager.show("\(await outbox.figures().pending) deliveries pending")
            try? await time.sleep(for: interval)
        }
        manager.stopping()
    }
}
