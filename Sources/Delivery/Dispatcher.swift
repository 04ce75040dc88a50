package import Events
package import Logging
internal import Synchronization

/// What delivery needs of the outbox.
package protocol DeliveryStore: Sendable {
    /// The pending deliveries among these, in the order asked for.
    func load(_ ids: [DeliveryID]) async throws -> [Delivery]
    func record(_ records: [AttemptRecord]) async throws
    /// For deliveries of ordered workflows: the pending ones that have to go before them.
    func predecessors(of ids: [DeliveryID]) async throws -> [DeliveryID: DeliveryID]
    func pendingOrigins() async throws -> [Origin]
    /// How the latest of the last deliveries that ended went, by origin; without origins to which one is being retried.
    func latestEnds(ofLast count: Int) async throws -> [Origin: DeliveryState]
    /// Pending deliveries behind an id, in the order of their ids.
    func pending(to origin: Origin, after id: DeliveryID, limit: Int) async throws -> [PendingTicket]
}

/// Hears of every finished attempt.
package protocol AttemptObserver: Sendable {
    func attemptEnded(_ record: AttemptRecord)
}

/// The part of the configuration that attempts obey and that may change while the relay runs.
package struct DeliveryPolicy: Sendable {
    package var retry: RetryPolicy
    package var addressGuard: AddressGuard
    /// One attempt, until the final response headers.
    package var timeout: Duration
    /// The HTTP proxy that requests leave through.
    package var proxy: Origin?

    package init(retry: RetryPolicy, addressGuard: AddressGuard, timeout: Duration, proxy: Origin? = nil) {
        self.retry = retry
        self.addressGuard = addressGuard
        self.timeout = timeout
        self.proxy = proxy
    }
}

/// Sends what the ``Schedule`` says is next, and tells it how each attempt ended.
package final class Dispatcher: Sendable {
    /// How long an attempt waits for the addresses of its host.
    private static let maxLookup = Duration.seconds(5)
    /// Before the store is asked again for what it could not read.
    private static let pause = Duration.seconds(1)
    /// Ended deliveries from before the start that tell which origins answer.
    private static let recalled = 10_000

    private let schedule: Mutex<Schedule>
    private let fresh = Mutex(FreshDeliveries())
    private let policy: Mutex<DeliveryPolicy>
    private let store: any DeliveryStore
    private let sender: any RequestSender
    private let resolver: NameResolver
    private let observer: any AttemptObserver
    private let time: any TimeSource
    private let logger: Logger
    private let recorder: Recorder
    private let wake = Signal()
    private let isDraining = Mutex(false)
    private let lastComplaint = Mutex<MonotonicTime?>(nil)

    package init(
        limits: Schedule.Limits, policy: DeliveryPolicy, store: any DeliveryStore, sender: any RequestSender,
        resolver: NameResolver, observer: any AttemptObserver, time: any TimeSource, logger: Logger
    ) {
        schedule = Mutex(Schedule(limits: limits))
        self.policy = Mutex(policy)
        self.store = store
        self.sender = sender
        self.resolver = resolver
        self.observer = observer
        self.time = time
        self.logger = logger
        recorder = Recorder(store: store, logger: logger)
    }

    /// Takes deliveries over that the outbox has accepted just now.
    package func add(_ deliveries: [Delivery]) {
        guard !deliveries.isEmpty else { return }
        fresh.withLock { fresh in
            for delivery in deliveries { fresh.add(delivery) }
        }
        schedule.withLock { schedule in
            for delivery in deliveries { schedule.add(delivery.ticket) }
        }
        wake.send()
    }

    /// Applies to every attempt that starts from now on.
    package func adopt(_ policy: DeliveryPolicy) { self.policy.withLock { $0 = policy } }

    /// Starts no further attempt. ``run()`` returns when those in flight have ended.
    package func drain() {
        isDraining.withLock { $0 = true }
        wake.send()
    }

    /// Attempts that could not be recorded yet.
    package var unrecordedCount: Int { recorder.keptCount }

    package var inFlightCount: Int { schedule.withLock { $0.inFlightCount } }

    package func laneFigures() -> [LaneFigures] { schedule.withLock { $0.laneFigures() } }

    /// Takes over what the outbox holds from before the start; bodies and tickets are read as they are needed.
    package func recover() async throws {
        let origins = try await store.pendingOrigins()
        let ends = await endsFromBefore()
        schedule.withLock { schedule in
            for (origin, end) in ends { schedule.recall(origin, LaneHealth.Standing(after: end)) }
            for origin in origins { schedule.recover(origin) }
        }
    }

    /// A hint only: a store in which that cannot be read may still deliver.
    private func endsFromBefore() async -> [Origin: DeliveryState] {
        do {
            return try await store.latestEnds(ofLast: Self.recalled)
        } catch {
            complain("Cannot read from the outbox which receivers answered; all count as new", error)
            return [:]
        }
    }

    /// Delivers until ``drain()`` is called and the last attempt in flight has ended.
    package func run() async {
        await withDiscardingTaskGroup { attempts in
            while !isDraining.withLock({ $0 }) {
                let now = time.now().monotonic
                let (started, refills, nextDue) = schedule.withLock { schedule in
                    (schedule.start(now: now), schedule.takeRefills(), schedule.nextDue)
                }
                for refill in refills { attempts.addTask { await self.refill(refill) } }
                if started.isEmpty {
                    await wake.wait(atMost: nextDue.map { max($0 - now, .milliseconds(1)) })
                } else {
                    await start(started, in: &attempts)
                }
            }
        }
    }

    /// A store that cannot be read is asked again: what it holds is not lost.
    private func refill(_ question: Schedule.Refill) async {
        var answer: [PendingTicket]?
        while answer == nil, !Task.isCancelled {
            do {
                answer = try await store.pending(
                    to: question.origin, after: question.after, limit: question.limit)
            } catch {
                complain("Cannot read pending deliveries from the outbox; trying again", error)
                try? await Task.sleep(for: Self.pause)
            }
        }
        guard let pending = answer else { return }
        let now = time.now()
        let longest = policy.withLock { $0.retry.maxDelay }
        let tickets = pending.map { ($0.ticket, wait: $0.remainingWait(now: now.wall, atMost: longest)) }
        schedule.withLock { $0.refill(question, with: tickets, now: now.monotonic) }
        wake.send()
    }

    private func start(_ tickets: [Ticket], in attempts: inout DiscardingTaskGroup) async {
        var unreadable: Set<DeliveryID> = []
        let tooEarly = await tooEarly(tickets, &unreadable)
        let ids = tickets.map(\.id).filter { !tooEarly.contains($0) && !unreadable.contains($0) }
        let deliveries = await load(ids, &unreadable)
        for ticket in tickets where !unreadable.contains(ticket.id) {
            if tooEarly.contains(ticket.id) {
                schedule.withLock { $0.postpone(ticket.id) }
            } else if let delivery = deliveries[ticket.id] {
                attempts.addTask { await self.attempt(delivery, number: ticket.attempts + 1) }
            } else {
                schedule.withLock { $0.withdraw(ticket.id) }
            }
        }
        if !unreadable.isEmpty { attempts.addTask { [unreadable] in await self.putBack(unreadable) } }
    }

    /// Deliveries that could not be read are tried again. They keep their slots until then: of a store that cannot be read
    /// at all no more is asked for in a second than may be in flight.
    private func putBack(_ ids: Set<DeliveryID>) async {
        try? await Task.sleep(for: Self.pause)
        schedule.withLock { schedule in
            for id in ids { schedule.putBack(id) }
        }
        wake.send()
    }

    /// Those of ordered workflows that have a predecessor which is still to be sent.
    private func tooEarly(_ tickets: [Ticket], _ unreadable: inout Set<DeliveryID>) async -> Set<DeliveryID> {
        let ordered = tickets.filter { $0.orderedWorkflow != nil }.map(\.id)
        guard !ordered.isEmpty else { return [] }
        // Before the outbox is asked: what it takes in meanwhile is no predecessor there any more.
        let ended = recorder.keptEnds
        let predecessors = await read(ordered, &unreadable) { [store] ids in
            Array(try await store.predecessors(of: ids))
        }
        return Set(predecessors.filter { !ended.contains($0.value) }.map(\.key))
    }

    private func load(
        _ ids: [DeliveryID], _ unreadable: inout Set<DeliveryID>
    ) async -> [DeliveryID: Delivery] {
        let known = fresh.withLock { fresh in ids.compactMap { fresh.take($0) } }
        var deliveries = Dictionary(known.map { ($0.id, $0) }) { first, _ in first }
        let missing = ids.filter { deliveries[$0] == nil }
        guard !missing.isEmpty else { return deliveries }
        for delivery in await read(missing, &unreadable, { [store] ids in try await store.load(ids) }) {
            deliveries[delivery.id] = delivery
        }
        return deliveries
    }

    /// Asks the store for all of them at once, and if it fails for each alone: one that cannot be read, for the file is
    /// damaged there, is not to hold up the others.
    private func read<Value>(
        _ ids: [DeliveryID], _ unreadable: inout Set<DeliveryID>,
        _ ask: ([DeliveryID]) async throws -> [Value]
    ) async -> [Value] {
        if let values = try? await ask(ids) { return values }
        var values: [Value] = []
        for id in ids {
            do {
                values += try await ask([id])
            } catch {
                unreadable.insert(id)
                complain("Cannot read a delivery from the outbox; trying it again", error)
            }
        }
        return values
    }

    /// Once a second at most.
    private func complain(_ message: Logger.Message, _ error: any Error) {
        let now = time.now().monotonic
        let isDue = lastComplaint.withLock { last in
            if let last, now - last < Self.pause { return false }
            last = now
            return true
        }
        if isDue { logger.error(message, metadata: ["error": "\(error)"]) }
    }

    private func attempt(_ delivery: Delivery, number: Int) async {
        let policy = self.policy.withLock { $0 }
        let begun = time.now().monotonic
        let (outcome, standing) = await send(delivery, number: number, policy, since: begun)
        let ended = time.now()
        let duration = ended.monotonic - begun
        let record = AttemptRecord(
            delivery: delivery,
            attempt: Attempt(
                number: number, startedAt: ended.wall - duration, duration: duration, outcome: outcome),
            verdict: policy.retry.judge(
                outcome, attempt: number, maxRetries: delivery.registration.maxRetries, now: ended.wall,
                chance: .random(in: 0...1)),
            endedAt: ended.wall)
        await recorder.record(record)
        schedule.withLock { $0.end(delivery.id, record.verdict, leaving: standing, now: ended.monotonic) }
        observer.attemptEnded(record)
        wake.send()
    }

    /// How one attempt ended, and what that says of its origin.
    private func send(
        _ delivery: Delivery, number: Int, _ policy: DeliveryPolicy, since begun: MonotonicTime
    ) async -> (AttemptOutcome, LaneHealth.Standing) {
        let origin = delivery.registration.url.origin
        let host = await lookUp(origin, for: origin, policy.timeout)
        guard let addresses = host.addresses else { return Self.unresolved(host) }
        guard let destinations = policy.addressGuard.destinations(among: addresses, attempt: number) else {
            return (.failed(.addressNotAllowed), .answering)
        }
        var proxy: ProxyEndpoint?
        if let named = policy.proxy {
            let host = await lookUp(named, for: origin, policy.timeout - (time.now().monotonic - begun))
            guard let address = host.addresses?.first else { return Self.unresolved(host) }
            proxy = ProxyEndpoint(address: address, port: named.port)
        }
        let now = time.now()
        let request = WebhookRequest.make(
            delivery, to: destinations, through: proxy, attempt: number,
            timeout: max(policy.timeout - (now.monotonic - begun), .milliseconds(1)), now: now.wall)
        let outcome = await sender.send(request)
        return (outcome, LaneHealth.Standing(after: outcome))
    }

    /// - Parameter origin: on whose behalf; names of origins that answered the last time go first.
    private func lookUp(_ host: Origin, for origin: Origin, _ timeLeft: Duration) async -> LookupResult {
        await resolver.host(
            of: host, within: min(timeLeft, Self.maxLookup),
            isTrusted: schedule.withLock { $0.isAnswering(origin) })
    }

    private static func unresolved(_ host: LookupResult) -> (AttemptOutcome, LaneHealth.Standing) {
        (.failed(.dnsError), host == .unanswered ? .hanging : .answering)
    }
}
