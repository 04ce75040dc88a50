package import Addresses
package import Domain
package import Logging
package import Outbox
package import Scheduling
internal import Synchronization
package import Tracing

/// Starts the attempts that the `Schedule` selects, and reports their outcomes to it.
package final class Dispatcher: Sendable {
    /// Delay before a failed read from the outbox, or an attempt that could not begin, is tried again.
    private static let retryDelay = Duration.seconds(1)
    /// Bytes of a body that is signed by the loop itself. Larger ones would delay the attempts after them.
    private static let maxBodyAtOnce = 1 << 16
    /// Number of deliveries from before the start whose outcomes show which origins answer.
    private static let restoredOutcomes = 10_000

    private let schedule: Mutex<Schedule>
    private let policy: Mutex<DeliveryPolicy>
    private let store: any DeliveryStore
    private let sender: any RequestSender
    private let loader: DeliveryLoader
    private let runner: AttemptRunner
    private let recorder: Recorder
    private let observer: any AttemptObserver
    private let tracer: any Tracer
    private let errors: ErrorLog
    private let time: any TimeSource
    private let wake = Signal()
    private let isDraining = Mutex(false)
    private let callers = Mutex<[CheckedContinuation<Void, Never>]>([])
    private let attempts = Mutex(Attempts())

    private struct Attempts {
        /// Those that ended, until ``run()`` takes them.
        var ended: [(attempt: RunningAttempt, result: AttemptRunner.Result, at: Moment)] = []
        /// Those that have begun and are neither recorded nor put back.
        var count = 0
    }

    /// - Parameter tracer: begins the span of each attempt. If it writes no trace context, that of the artifact is sent.
    package init(
        limits: Schedule.Limits, policy: DeliveryPolicy, store: any DeliveryStore, sender: any RequestSender,
        resolver: NameResolver, observer: any AttemptObserver, tracer: any Tracer = NoOpTracer(), time: any TimeSource,
        logger: Logger
    ) {
        schedule = Mutex(Schedule(limits: limits))
        self.policy = Mutex(policy)
        self.store = store
        self.sender = sender
        self.observer = observer
        self.tracer = tracer
        self.time = time
        errors = ErrorLog(time: time, logger: logger)
        recorder = Recorder(store: store, time: time, logger: logger)
        loader = DeliveryLoader(store: store, recorder: recorder, errors: errors)
        runner = AttemptRunner(resolver: resolver, time: time)
    }

    /// Adds deliveries that the outbox has just accepted.
    package func add(_ deliveries: [Delivery]) {
        guard !deliveries.isEmpty else { return }
        loader.add(deliveries)
        schedule.withLock { schedule in
            for delivery in deliveries { schedule.add(delivery.ticket) }
        }
        wake.send()
    }

    /// Adds failed deliveries that are pending again. Their bodies are read when they start.
    package func redeliver(_ tickets: [Ticket]) {
        guard !tickets.isEmpty else { return }
        schedule.withLock { schedule in
            for ticket in tickets { schedule.redeliver(ticket) }
        }
        wake.send()
    }

    /// Applies the policy to every attempt that starts from now on.
    package func adopt(_ policy: DeliveryPolicy) { self.policy.withLock { $0 = policy } }

    /// Starts no further attempts. ``run()`` returns when those in flight have ended.
    package func drain() {
        isDraining.withLock { $0 = true }
        wake.send()
    }

    /// Returns at the next turn of ``run()``, or at once while it drains.
    package func answer() async {
        await withCheckedContinuation { caller in
            let mustWait = callers.withLock { callers in
                if isDraining.withLock({ $0 }) { return false }
                callers.append(caller)
                return true
            }
            if mustWait { wake.send() } else { caller.resume() }
        }
    }

    private func answerCallers() {
        let waiting = callers.withLock { callers in
            defer { callers = [] }
            return callers
        }
        for caller in waiting { caller.resume() }
    }

    /// Attempts that are not recorded yet.
    package var unrecordedCount: Int { recorder.keptCount }

    package var inFlightCount: Int { schedule.withLock { $0.inFlightCount } }

    package func laneFigures() -> [LaneFigures] { schedule.withLock { $0.laneFigures() } }

    /// Schedules the deliveries that are pending from before the start. Their bodies and tickets are read when needed.
    package func recover() async throws {
        let origins = try await store.pendingOrigins()
        let outcomes = await outcomesFromBefore()
        schedule.withLock { schedule in
            for outcome in outcomes { schedule.recall(outcome) }
            for origin in origins { schedule.recover(origin) }
        }
    }

    /// Does not throw, because the outcomes are only a hint: the outbox may still be able to deliver.
    private func outcomesFromBefore() async -> [OriginOutcome] {
        do {
            return try await store.latestOutcomes(ofLast: Self.restoredOutcomes)
        } catch {
            errors.log("Cannot read from the outbox which receivers answered; treating all as unknown", error)
            return []
        }
    }

    /// Delivers until ``drain()`` is called and the last attempt in flight has ended.
    package func run() async {
        await withDiscardingTaskGroup { tasks in
            while true {
                answerCallers()
                takeEnded(in: &tasks)
                if isDraining.withLock({ $0 }) {
                    if attempts.withLock({ $0.count }) == 0 { break }
                    await wake.wait()
                    continue
                }
                let now = time.now().monotonic
                let (started, refills, nextDue) = schedule.withLock { schedule in
                    (schedule.start(now: now), schedule.takeRefills(), schedule.nextDue)
                }
                for refill in refills { tasks.addTask { await self.refill(refill) } }
                if started.isEmpty {
                    await wake.wait(atMost: nextDue.map { max($0 - now, .milliseconds(1)) }, time)
                } else {
                    await start(started, in: &tasks)
                }
            }
            answerCallers()
        }
    }

    /// Retries while the outbox cannot be read, so that no pending delivery is lost.
    private func refill(_ query: Refill) async {
        while !Task.isCancelled {
            do {
                let pending = try await store.pending(to: query.origin, after: query.after, limit: query.limit)
                return refill(query, with: pending)
            } catch {
                errors.log("Cannot read pending deliveries from the outbox; trying again", error)
                try? await time.sleep(for: Self.retryDelay)
            }
        }
    }

    private func refill(_ query: Refill, with pending: [PendingTicket]) {
        let now = time.now()
        let maxDelay = policy.withLock { $0.retry.maxDelay }
        let tickets = pending.map { ($0.ticket, wait: $0.remainingWait(now: now.steady, atMost: maxDelay)) }
        schedule.withLock { $0.refill(query, with: tickets, now: now.monotonic) }
        wake.send()
    }

    // MARK: Attempts

    private func start(_ tickets: [Ticket], in tasks: inout DiscardingTaskGroup) async {
        let loaded = await loader.load(tickets)
        if isDraining.withLock({ $0 }) { return }
        let policy = self.policy.withLock { $0 }
        for ticket in tickets where !loaded.unreadable.contains(ticket.id) {
            if loaded.blocked.contains(ticket.id) {
                schedule.withLock { $0.postpone(ticket.id) }
            } else if let delivery = loaded.deliveries[ticket.id] {
                begin(RunningAttempt(delivery, ticket, policy, begun: time.now(), tracer), in: &tasks)
            } else {
                schedule.withLock { $0.withdraw(ticket.id) }
            }
        }
        if !loaded.unreadable.isEmpty { tasks.addTask { await self.putBack(loaded.unreadable) } }
    }

    /// Reschedules deliveries that could not be read or sent, after a while. They keep their slots until then, so that no
    /// more of them are tried per second than may be in flight.
    private func putBack(_ ids: Set<DeliveryID>) async {
        try? await time.sleep(for: Self.retryDelay)
        schedule.withLock { schedule in
            for id in ids { schedule.putBack(id) }
        }
        wake.send()
    }

    private func begin(_ attempt: RunningAttempt, in tasks: inout DiscardingTaskGroup) {
        attempts.withLock { $0.count += 1 }
        if attempt.delivery.body.count <= Self.maxBodyAtOnce, let prepared = runner.prepareAtOnce(attempt) {
            return send(attempt, prepared)
        }
        tasks.addTask { [self] in
            let isAnswering = schedule.withLock { $0.isAnswering(attempt.origin) }
            send(attempt, await runner.prepare(attempt, isAnswering: isAnswering))
        }
    }

    private func send(_ attempt: RunningAttempt, _ prepared: AttemptRunner.Preparation) {
        switch prepared {
        case .request(let request): sender.send(request) { [self] in ended(attempt, AttemptRunner.Result($0)) }
        case .ended(let result): ended(attempt, result)
        }
    }

    private func ended(_ attempt: RunningAttempt, _ result: AttemptRunner.Result) {
        let now = time.now()
        let isFirst = attempts.withLock { attempts in
            attempts.ended.append((attempt, result, now))
            return attempts.ended.count == 1
        }
        if isFirst { wake.send() }
    }

    /// Frees the slots of the attempts that have ended, and records them all at once, so that they share a commit and few
    /// tasks are resumed.
    private func takeEnded(in tasks: inout DiscardingTaskGroup) {
        let taken = attempts.withLock { attempts in
            defer { attempts.ended.removeAll(keepingCapacity: true) }
            return attempts.ended
        }
        if taken.isEmpty { return }
        var ended: [EndedAttempt] = []
        for (attempt, result, now) in taken {
            switch result {
            case .ended(let outcome, let timedOut):
                let pause = attempt.policy.retry.requestedPause(outcome, now: now.wall)
                let record = attempt.record(outcome, endedAt: now)
                schedule.withLock { schedule in
                    if pause > .zero { schedule.pause(attempt.origin, for: pause, now: now.monotonic) }
                    schedule.attemptEnded(
                        record.delivery.id, record.attempt.errorClass, timedOut: timedOut, now: now.monotonic)
                }
                ended.append(EndedAttempt(record: record.withoutBody, span: attempt.span))
            case .notBegun(let shortage):
                observer.attemptNotBegun(shortage)
                tasks.addTask { [self] in
                    await putBack([attempt.delivery.id])
                    attempts.withLock { $0.count -= 1 }
                    wake.send()
                }
            }
        }
        if !ended.isEmpty { tasks.addTask { [ended] in await self.record(ended) } }
    }

    private func record(_ ended: [EndedAttempt]) async {
        await recorder.record(ended.map(\.record))
        schedule.withLock { schedule in
            for record in ended.lazy.map(\.record) {
                schedule.recorded(record.delivery.id, record.verdict, endedAt: record.endedAt.monotonic)
            }
        }
        for attempt in ended {
            observer.attemptEnded(attempt.record)
            attempt.span.end(attempt.record)
        }
        attempts.withLock { $0.count -= ended.count }
        wake.send()
    }
}

/// An attempt that ended and is to be recorded.
private struct EndedAttempt: Sendable {
    /// Without the body, which may be as large as all that may be in flight.
    let record: AttemptRecord
    let span: AttemptSpan
}
