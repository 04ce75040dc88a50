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
    /// Number of deliveries from before the start whose outcomes show which origins answer.
    private static let restoredOutcomes = 10_000

    private let schedule: Mutex<Schedule>
    private let policy: Mutex<DeliveryPolicy>
    private let store: any DeliveryStore
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

    /// - Parameter tracer: begins the span of each attempt. If it writes no trace context, that of the artifact is sent.
    package init(
        limits: Schedule.Limits, policy: DeliveryPolicy, store: any DeliveryStore, sender: any RequestSender,
        resolver: NameResolver, observer: any AttemptObserver, tracer: any Tracer = NoOpTracer(), time: any TimeSource,
        logger: Logger
    ) {
        schedule = Mutex(Schedule(limits: limits))
        self.policy = Mutex(policy)
        self.store = store
        self.observer = observer
        self.tracer = tracer
        self.time = time
        errors = ErrorLog(time: time, logger: logger)
        recorder = Recorder(store: store, time: time, logger: logger)
        loader = DeliveryLoader(store: store, recorder: recorder, errors: errors)
        runner = AttemptRunner(sender: sender, resolver: resolver, time: time)
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
        await withDiscardingTaskGroup { attempts in
            while !isDraining.withLock({ $0 }) {
                answerCallers()
                let now = time.now().monotonic
                let (started, refills, nextDue) = schedule.withLock { schedule in
                    (schedule.start(now: now), schedule.takeRefills(), schedule.nextDue)
                }
                for refill in refills { attempts.addTask { await self.refill(refill) } }
                if started.isEmpty {
                    await wake.wait(atMost: nextDue.map { max($0 - now, .milliseconds(1)) }, time)
                } else {
                    await start(started, in: &attempts)
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

    private func start(_ tickets: [Ticket], in attempts: inout DiscardingTaskGroup) async {
        let loaded = await loader.load(tickets)
        if isDraining.withLock({ $0 }) { return }
        for ticket in tickets where !loaded.unreadable.contains(ticket.id) {
            if loaded.blocked.contains(ticket.id) {
                schedule.withLock { $0.postpone(ticket.id) }
            } else if let delivery = loaded.deliveries[ticket.id] {
                attempts.addTask { await self.attempt(delivery, ticket) }
            } else {
                schedule.withLock { $0.withdraw(ticket.id) }
            }
        }
        if !loaded.unreadable.isEmpty { attempts.addTask { await self.putBack(loaded.unreadable) } }
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

    private func attempt(_ delivery: Delivery, _ ticket: Ticket) async {
        let number = ticket.attempts + 1
        let policy = self.policy.withLock { $0 }
        let isAnswering = schedule.withLock { $0.isAnswering(delivery.registration.url.origin) }
        let begun = time.now()
        let span = AttemptSpan(delivery, begun: begun.wall, tracer)
        let result = await runner.run(
            delivery, number: number, trace: span.trace, policy, isAnswering: isAnswering)
        switch result {
        case .ended(let outcome, let timedOut):
            let ended = time.now()
            let duration = ended.monotonic - begun.monotonic
            let attempt = Attempt(
                number: number, startedAt: ended.steady - duration, duration: duration, outcome: outcome)
            await end(delivery, ticket, attempt, outcome, timedOut: timedOut, policy.retry, ended, span)
        case .notBegun(let shortage):
            observer.attemptNotBegun(shortage)
            await putBack([delivery.id])
        }
    }

    private func end(
        _ delivery: Delivery, _ ticket: Ticket, _ attempt: Attempt, _ outcome: AttemptOutcome, timedOut: Bool,
        _ retry: RetryPolicy, _ now: Moment, _ span: AttemptSpan
    ) async {
        // Before the attempt is recorded, which may take long: no attempt to the origin may start meanwhile.
        pause(delivery.registration.url.origin, retry.requestedPause(outcome, now: now.wall), now.monotonic)
        let verdict = retry.judge(
            outcome, attempt: attempt.number - ticket.attemptsBefore, maxRetries: delivery.registration.maxRetries,
            now: now.wall, chance: .random(in: 0...1))
        let record = AttemptRecord(
            delivery: delivery, attempt: attempt, verdict: verdict, endedAt: now, trace: span.trace)
        await recorder.record(record)
        schedule.withLock { $0.end(delivery.id, verdict, attempt.errorClass, timedOut: timedOut, now: now.monotonic) }
        observer.attemptEnded(record)
        span.end(record)
        wake.send()
    }

    private func pause(_ origin: Origin, _ wait: Duration, _ now: MonotonicTime) {
        if wait > .zero { schedule.withLock { $0.pause(origin, for: wait, now: now) } }
    }
}
