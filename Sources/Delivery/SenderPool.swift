package import Events
package import Frames
package import Logging
package import NIOCore
internal import Synchronization

/// What status shows of a sender.
package struct SenderFigures: Sendable {
    package let processID: Int32
    package let inFlight: Int
    /// One of the two set apart for suspects.
    package let isApart: Bool
}

/// The pool of URLSessions: sender processes, each with one session, replaced when they die.
///
/// A request that was in flight when a sender died is sent again through ``Quarantine``; its caller waits on and hears
/// of a crash only if the request itself is the cause.
package final class SenderPool: Sendable {
    /// A sender that has work and says nothing is frozen (row 20 of urlsession.md).
    private static let patience = PoolState.Patience(
        start: .seconds(10), silence: .seconds(3), overtime: .seconds(2), linger: .seconds(2))

    private static let watchInterval = Duration.milliseconds(500)

    private let count: Int
    private let command: SenderCommand
    private let group: any EventLoopGroup
    private let time: any TimeSource
    private let logger: Logger
    private let restarted: @Sendable (String) -> Void
    private let limits: SenderLimits
    private let state: Mutex<PoolState>
    /// One for each bench: there is somebody to try on it, or the pool stops.
    private let wakesApart: [Bench: Signal]
    /// One for each place: its process has ended, is worn out, or the pool stops.
    private let wakes: [Signal]

    /// - Parameters:
    ///   - count: ordinary senders, at least 1; up to two more are started for suspects when there are any.
    ///   - restarted: told the reason each time a sender has to be replaced.
    package init(
        count: Int, command: SenderCommand, limits: SenderLimits, group: any EventLoopGroup, time: any TimeSource,
        logger: Logger, restarted: @escaping @Sendable (String) -> Void
    ) {
        self.count = count
        self.command = command
        self.group = group
        self.time = time
        self.logger = logger
        self.limits = limits
        self.restarted = restarted
        state = Mutex(PoolState())
        wakesApart = Dictionary(uniqueKeysWithValues: Bench.allCases.map { ($0, Signal()) })
        wakes = (0..<count).map { _ in Signal() }
    }

    /// Sends one request and returns how it ended. Waits while no sender is ready.
    ///
    /// - Parameters:
    ///   - isTrusted: whether the origin answered the last time.
    ///   - timeout: that of the request.
    ///   - makeRequest: given the request's id, each time when it is sent.
    package func send(
        _ origin: Origin, isTrusted: Bool, timeout: Duration,
        _ makeRequest: @escaping @Sendable (UInt64) -> SendRequest
    ) async -> PostResult {
        await withCheckedContinuation { continuation in
            let id = state.withLock { $0.takeID() }
            let flight = Flight(
                id: id, timeout: timeout, origin: origin, isTrusted: isTrusted, continuation: continuation,
                makeRequest: { makeRequest(id) })
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
            for place in 0..<count { tasks.addTask { await self.keepRunning(place) } }
            for (bench, wake) in wakesApart { tasks.addTask { await self.keepApartRunning(bench, wake) } }
        }
        watch.cancel()
    }

    /// Lets the senders end. One that still has something in flight after the grace is ended.
    ///
    /// Not by cancelling tasks: whether a task or its children hear of that first is not for us to say.
    package func stop(grace: Duration = .seconds(1)) {
        for channel in state.withLock({ $0.stop() }) { channel.finish() }
        for wake in wakes + wakesApart.values { wake.send() }
        Task {
            try? await Task.sleep(for: grace)
            for channel in state.withLock({ $0.channels }) { channel.kill() }
        }
    }

    private var isStopping: Bool { state.withLock { $0.isStopping } }

    // MARK: Processes

    /// One place: a sender, and when it has ended or is worn out the next one, more slowly if it never became ready.
    private func keepRunning(_ place: Int) async {
        await withDiscardingTaskGroup { processes in
            var failures = StartFailures()
            for generation in 0... {
                let slot = PoolState.Slot.ordinary(place, generation: generation)
                let life = SenderLife()
                processes.addTask {
                    await self.run(slot, life)
                    self.wakes[place].send()
                }
                guard let reason = await reasonToReplace(slot, life, self.wakes[place]) else { return }
                await waitBeforeNext(life, reason, &failures)
                if isStopping { return }
            }
        }
    }

    /// Returns once a sender has ended or is worn out; nil if the pool stops.
    private func reasonToReplace(_ slot: PoolState.Slot, _ life: SenderLife, _ wake: Signal) async -> String? {
        while !isStopping {
            if life.isOver { return life.endReason }
            if let wear = state.withLock({ $0.wear(of: slot) }) { return wear.rawValue }
            await wake.wait()
        }
        return nil
    }

    /// The sender of a bench is started when there is somebody to try on it, and then stays until it dies.
    private func keepApartRunning(_ bench: Bench, _ wake: Signal) async {
        var failures = StartFailures()
        while true {
            while state.withLock({ $0.hasNoSuspects(on: bench) && !$0.isStopping }) { await wake.wait() }
            if isStopping { return }
            let life = SenderLife()
            await run(.apart(bench), life)
            if isStopping { return }
            await waitBeforeNext(life, life.endReason, &failures)
        }
    }

    /// Before a sender is replaced: tells why, and waits if it never became ready.
    private func waitBeforeNext(_ life: SenderLife, _ reason: String, _ failures: inout StartFailures) async {
        restarted(reason)
        try? await Task.sleep(for: failures.pause(after: life))
    }

    private func run(_ slot: PoolState.Slot, _ life: SenderLife) async {
        let failure = await runProcess(slot, life)
        // One that ended at once may have fallen silent before its start was told.
        died(slot)
        life.end()
        guard let failure, !isStopping else { return }
        logger.warning("A sender process ended and is replaced", metadata: ["reason": "\(failure)"])
    }

    /// One process from start to end. Returns what went wrong; nil for one that ended as it was told.
    private func runProcess(_ slot: PoolState.Slot, _ life: SenderLife) async -> String? {
        do {
            let exit = try await SenderProcess.run(
                command, place: slot.place, on: group,
                started: { channel in
                    let now = self.time.now().monotonic
                    let isLate = self.state.withLock { state in
                        state.started(slot, channel, now: now)
                        return state.isStopping
                    }
                    if isLate { channel.finish() }
                },
                heard: { message in
                    if message == .ready { life.becomeReady() }
                    self.heard(message, from: slot)
                },
                silent: { self.died(slot) })
            return exit.isClean ? nil : exit.description
        } catch {
            return "\(error)"
        }
    }

    private func died(_ slot: PoolState.Slot) { perform(state.withLock { $0.died(slot) }) }

    private func heard(_ message: SenderMessage, from slot: PoolState.Slot) {
        let now = time.now().monotonic
        perform(state.withLock { $0.heard(message, from: slot, now: now) })
    }

    /// Ends senders that are frozen or hold too much memory; what they had in flight is then suspect. Has those
    /// replaced that are worn out.
    ///
    /// A round that comes late tells of the daemon itself: it was stopped, or the machine slept, and what the senders
    /// said meanwhile may not have been read yet.
    private func watch() async {
        var last = time.now().monotonic
        while !Task.isCancelled {
            try? await Task.sleep(for: Self.watchInterval)
            let now = time.now().monotonic
            let delay = now - last - Self.watchInterval
            last = now
            if delay > .seconds(1) {
                state.withLock { $0.excuse(delay) }
            } else {
                endFrozen(now)
            }
            watchMemory()
        }
    }

    private func endFrozen(_ now: MonotonicTime) {
        for channel in state.withLock({ $0.frozen(now: now, Self.patience) }) {
            logger.warning(
                "A sender process does not answer and is ended", metadata: ["pid": "\(channel.processID)"])
            channel.kill()
        }
    }

    private func watchMemory() {
        let held = Dictionary(
            state.withLock { $0.channels }.map { ($0.processID, $0.residentBytes) }, uniquingKeysWith: max)
        let (tooLarge, wornOut) = state.withLock { state in
            (
                state.channels.filter { held[$0.processID] ?? 0 >= limits.mostResidentBytes },
                state.wornOut(limits) { held[$0.processID] ?? 0 }
            )
        }
        for channel in tooLarge {
            logger.warning(
                "A sender process holds too much memory and is ended",
                metadata: ["pid": "\(channel.processID)", "bytes": "\(held[channel.processID] ?? 0)"])
            channel.kill()
        }
        for place in wornOut { wakes[place].send() }
    }

    /// Acts on what the state decided, outside its lock.
    private func perform(_ actions: [PoolState.Action]) {
        let now = time.now().monotonic
        for action in actions {
            switch action {
            case .send(let id, let channel):
                guard let makeRequest = state.withLock({ $0.starting(id, now: now) }) else { continue }
                channel.send(makeRequest())
            case .end(let continuation, let result): continuation.resume(returning: result)
            case .wakeApart(let bench): wakesApart[bench]?.send()
            case .finish(let channel): channel.finish()
            }
        }
    }
}
