package import Events
package import Frames
package import Logging
package import NIOCore
internal import Synchronization

/// What status shows of a sender.
package struct SenderFigures: Sendable {
    package let processID: Int32
    package let inFlight: Int
    /// The one set apart for suspects.
    package let isApart: Bool
}

/// The pool of URLSessions: sender processes, each with one session, replaced when they die.
///
/// A request that was in flight when a sender died is sent again through ``Quarantine``; its caller waits on and hears
/// of a crash only if the request itself is the cause.
package final class SenderPool: Sendable {
    /// A sender that has work and says nothing is frozen (row 20 of urlsession.md).
    private static let patience = PoolState.Patience(
        start: .seconds(10), silence: .seconds(3), overtime: .seconds(2))

    private let count: Int
    private let command: SenderCommand
    private let group: any EventLoopGroup
    private let time: any TimeSource
    private let logger: Logger
    private let restarted: @Sendable (String) -> Void
    private let state: Mutex<PoolState>
    private let wakeApart = Signal()

    /// - Parameters:
    ///   - count: ordinary senders, at least 1; one more is started for suspects when there are any.
    ///   - restarted: told the reason each time a sender has to be replaced.
    package init(
        count: Int, command: SenderCommand, group: any EventLoopGroup, time: any TimeSource, logger: Logger,
        restarted: @escaping @Sendable (String) -> Void
    ) {
        self.count = count
        self.command = command
        self.group = group
        self.time = time
        self.logger = logger
        self.restarted = restarted
        state = Mutex(PoolState())
    }

    /// Sends one request and returns how it ended. Waits while no sender is ready.
    package func send(
        _ origin: Origin, _ makeRequest: @Sendable (UInt64) -> SendRequest
    ) async -> AttemptOutcome {
        await withCheckedContinuation { continuation in
            let id = state.withLock { $0.takeID() }
            let flight = Flight(request: makeRequest(id), origin: origin, continuation: continuation)
            perform(state.withLock { $0.accept(flight) })
        }
    }

    package func figures() -> [SenderFigures] { state.withLock { $0.figures() } }

    /// Whether some sender takes requests.
    package var isReady: Bool { state.withLock { $0.isReady } }

    /// Keeps the senders running until ``stop()``, and returns when the last one has ended.
    package func run() async {
        let watch = Task { await self.watch() }
        await withTaskGroup { tasks in
            for slot in 0..<count { tasks.addTask { await self.keepRunning(.ordinary(slot)) } }
            tasks.addTask { await self.keepRunning(.apart) }
        }
        watch.cancel()
    }

    /// Lets the senders end. One that still has something in flight after the grace is ended.
    ///
    /// Not by cancelling tasks: whether a task or its children hear of that first is not for us to say.
    package func stop(grace: Duration = .seconds(1)) {
        for channel in state.withLock({ $0.stop() }) { channel.finish() }
        wakeApart.send()
        Task {
            try? await Task.sleep(for: grace)
            for channel in state.withLock({ $0.channels }) { channel.kill() }
        }
    }

    private var isStopping: Bool { state.withLock { $0.isStopping } }

    // MARK: Processes

    /// One slot: a sender, and after its end the next one, more slowly if it never became ready.
    private func keepRunning(_ slot: PoolState.Slot) async {
        var failures = 0
        while !isStopping {
            if slot == .apart { await waitForSuspects() }
            if isStopping { return }
            let reason = await runOnce(slot)
            if isStopping { return }
            let wasReady = state.withLock { $0.wasReady(slot) }
            failures = wasReady ? 0 : failures + 1
            logger.warning("A sender process ended and is replaced", metadata: ["reason": "\(reason)"])
            restarted(wasReady ? "crashed" : "start_failed")
            try? await Task.sleep(for: failures == 0 ? .zero : .milliseconds(100) * min(1 << failures, 50))
        }
    }

    private func runOnce(_ slot: PoolState.Slot) async -> String {
        do {
            let exit = try await SenderProcess.run(
                command, on: group,
                started: { channel in
                    let now = self.time.now().monotonic
                    let isLate = self.state.withLock { state in
                        state.started(slot, channel, now: now)
                        return state.isStopping
                    }
                    if isLate { channel.finish() }
                },
                heard: { message in self.heard(message, from: slot) },
                silent: { self.perform(self.state.withLock { $0.died(slot) }) })
            return exit.description
        } catch {
            perform(state.withLock { $0.died(slot) })
            return "\(error)"
        }
    }

    private func heard(_ message: SenderMessage, from slot: PoolState.Slot) {
        let now = time.now().monotonic
        perform(state.withLock { $0.heard(message, from: slot, now: now) })
    }

    private func waitForSuspects() async {
        while state.withLock({ $0.hasNoSuspects && !$0.isStopping }) { await wakeApart.wait() }
    }

    /// Ends senders that are frozen; what they had in flight is then suspect.
    private func watch() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(500))
            let now = time.now().monotonic
            for channel in state.withLock({ $0.frozen(now: now, Self.patience) }) {
                logger.warning(
                    "A sender process does not answer and is ended", metadata: ["pid": "\(channel.processID)"])
                channel.kill()
            }
        }
    }

    /// Acts on what the state decided, outside its lock.
    private func perform(_ actions: [PoolState.Action]) {
        let now = time.now().monotonic
        for action in actions {
            switch action {
            case .send(let id, let channel):
                guard let request = state.withLock({ $0.starting(id, now: now) }) else { continue }
                channel.send(request)
            case .end(let continuation, let outcome): continuation.resume(returning: outcome)
            case .wakeApart: wakeApart.send()
            }
        }
    }
}

/// A request on its way, from the call of ``SenderPool/send(_:_:)`` to its outcome.
package struct Flight {
    let request: SendRequest
    let origin: Origin
    let continuation: CheckedContinuation<AttemptOutcome, Never>
    /// When it was given to the sender that has it now.
    var startedAt: MonotonicTime?

    package init(
        request: SendRequest, origin: Origin, continuation: CheckedContinuation<AttemptOutcome, Never>
    ) {
        self.request = request
        self.origin = origin
        self.continuation = continuation
    }
}
