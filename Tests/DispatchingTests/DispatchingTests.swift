import Scheduling
import Addresses
import Dispatching
import Domain
import Logging
import Outbox
import OutboxMemory
import Synchronization
import TestSupport
import Testing

/// Attempts, retries and ends on a clock that the test moves, with a scripted sender and an outbox in memory.
@Suite(.timeLimit(.minutes(1))) struct DispatchingTests {
    private final class Observer: AttemptObserver {
        let records = Mutex<[AttemptRecord]>([])
        let shortages = Mutex<[Shortage]>([])

        func attemptEnded(_ record: AttemptRecord) { records.withLock { $0.append(record) } }
        func attemptNotBegun(_ shortage: Shortage) { shortages.withLock { $0.append(shortage) } }
    }

    private let time = ManualTime()
    private let sender = ScriptedSender()
    private let outbox = MemoryOutbox(keepsFailed: true)
    private let observer = Observer()

    private var verdicts: [Verdict] { observer.records.withLock { $0.map(\.verdict) } }

    private func dispatcher(
        finalStatuses: Set<Int> = [], resolver: NameResolver? = nil
    ) -> Dispatcher {
        Dispatcher(
            limits: .init(maxInFlight: 64, maxInFlightPerOrigin: 8),
            policy: DeliveryPolicy(
                retry: RetryPolicy(jitter: 0, finalStatuses: finalStatuses), addressGuard: AddressGuard(allowed: []),
                timeout: .seconds(10)),
            store: outbox, sender: sender,
            resolver: resolver ?? NameResolver(time: time) { _, ended in ended(.notFound) }, observer: observer,
            time: time,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    /// Accepts artifacts of "w" and runs the dispatcher until the body is through and it has drained.
    private func run(
        _ artifacts: [String], ordering: DeliveryOrder = .parallel, _ body: (Dispatcher) async throws -> Void
    ) async throws {
        let dispatcher = dispatcher()
        let running = Task { await dispatcher.run() }
        defer { running.cancel() }
        dispatcher.add(
            try await outbox.accept(artifacts, registration: "https://8.8.8.8/hook", ordering: ordering))
        try await body(dispatcher)
        dispatcher.drain()
        await running.value
    }

    @Test("A 2xx ends the delivery at its first attempt")
    func delivered() async throws {
        try await run(["a"]) { _ in
            let sent = try await sender.next()
            #expect(sent.request.addresses == [.v4(IPv4Address(bits: 0x0808_0808))])
            #expect(sent.request.timeout == .seconds(10))
            #expect(sent.header("X-Flock-Attempt") == "1")
            sent.answer(204)
            try await eventually("it is final") { verdicts == [.delivered] }
            #expect(outbox.figures().pending == 0)
        }
        #expect(sender.count == 0)
    }

    @Test("A failed attempt is made again after its backoff, and not before")
    func retry() async throws {
        try await run(["a"]) { dispatcher in
            try await sender.next().answer(500)
            try await eventually("the retry waits") { time.sleeps == [.seconds(1)] }
            try await time.advance(by: .milliseconds(999), whenSleeping: 1)
            #expect(dispatcher.inFlightCount == 0 && sender.count == 0)
            try await time.advance(by: .milliseconds(1), whenSleeping: 1)
            let second = try await sender.next()
            #expect(second.header("X-Flock-Attempt") == "2")
            second.fail(.connectionReset)
            try await eventually("the next retry waits") { time.sleeps == [.seconds(2)] }
            try await time.advance(by: .seconds(2), whenSleeping: 1)
            try await sender.next().answer(200)
            try await eventually("it is final") { verdicts.last == .delivered }
        }
        #expect(verdicts == [.retry(after: .seconds(1)), .retry(after: .seconds(2)), .delivered])
        let history = try #require(try await outbox.history(of: CorrelationID("w")))
        #expect(history.deliveries[0].attempts.map(\.number) == [1, 2, 3])
    }

    @Test(
        "A step of the system's clock changes no wait, neither now nor after a restart",
        arguments: [Duration.hours(24), .zero - .hours(24), .hours(24 * 400)])
    func clockStep(_ step: Duration) async throws {
        try await run(["a"]) { dispatcher in
            let first = try await sender.next()
            #expect(first.header("webhook-timestamp") == "\(Sample.timeOfDay.seconds)")
            first.answer(500)
            try await eventually("the retry waits") { time.sleeps == [.seconds(1)] }
            time.step(by: step)
            try await time.advance(by: .milliseconds(400), whenSleeping: 1)
            #expect(time.sleeps == [.milliseconds(600)])
        }
        let restarted = dispatcher()
        try await restarted.recover()
        let running = Task { await restarted.run() }
        defer { running.cancel() }
        try await eventually("the rest of the wait is left") { time.sleeps.contains(.milliseconds(600)) }
        try await time.advance(by: .milliseconds(600), whenSleeping: 1)
        let second = try await sender.next()
        #expect(second.header("webhook-timestamp") == "\((Sample.timeOfDay + .seconds(1) + step).seconds)")
        second.answer(200)
        restarted.drain()
        await running.value
        let attempts = try await outbox.history(of: CorrelationID("w"))?.deliveries[0].attempts
        #expect(attempts?.map(\.startedAt) == [Sample.noon, Sample.noon + .seconds(1)])
    }

    @Test("A delivery fails with the error of its last attempt")
    func finalFailure() async throws {
        try await run(["a"]) { _ in
            for wait in [1, 2, 4] {
                try await sender.next().fail(.timeout)
                try await time.advance(by: .seconds(wait), whenSleeping: 1)
            }
            try await sender.next().answer(503)
            try await eventually("it is final") { verdicts.last == .failed(.http(503)) }
        }
        #expect(try await outbox.history(of: CorrelationID("w"))?.deliveries.map(\.state) == [.failed(.http(503))])
    }

    @Test("A redelivered delivery has all its retries again, and its attempt numbers go on")
    func redelivery() async throws {
        try await run(["a"]) { dispatcher in
            for round in 0..<2 {
                for (index, wait) in [1, 2, 4].enumerated() {
                    let sent = try await sender.next()
                    #expect(sent.header("X-Flock-Attempt") == "\(round * 4 + index + 1)")
                    sent.answer(503)
                    try await time.advance(by: .seconds(wait), whenSleeping: 1)
                }
                try await sender.next().answer(503)
                try await eventually("it has failed") { verdicts.count == (round + 1) * 4 }
                #expect(verdicts.last == .failed(.http(503)))
                let found = try await outbox.redeliver()
                guard case .possible(let ticket)? = found?[1] else {
                    Issue.record("no body is kept")
                    return
                }
                dispatcher.redeliver([ticket])
            }
            let last = try await sender.next()
            #expect(last.header("X-Flock-Attempt") == "9" && last.header("X-Flock-Sequence") == "1")
            last.answer(200)
            try await eventually("it is final") { verdicts.last == .delivered }
        }
        #expect(try await outbox.history(of: CorrelationID("w"))?.deliveries[0].attempts.map(\.number) == Array(1...9))
    }

    @Test("Draining starts nothing more, and waits for the attempts in flight")
    func drain() async throws {
        let dispatcher = dispatcher()
        let isOver = Mutex(false)
        let running = Task {
            await dispatcher.run()
            isOver.withLock { $0 = true }
        }
        dispatcher.add(try await outbox.accept(["a"], registration: "https://8.8.8.8/hook"))
        let sent = try await sender.next()
        dispatcher.drain()
        dispatcher.add(try await outbox.accept(["b"]))
        #expect(!isOver.withLock { $0 })
        sent.answer(200)
        await running.value
        #expect(sender.count == 0 && outbox.figures().pending == 1)
    }

    @Test("In an ordered workflow, the next delivery starts when the one before it is final")
    func ordered() async throws {
        try await run(["a", "b"], ordering: .ordered) { _ in
            let first = try await sender.next()
            #expect(first.header("X-Flock-Sequence") == "1")
            first.answer(500)
            try await time.advance(by: .seconds(1), whenSleeping: 1)
            let retried = try await sender.next()
            #expect(retried.header("X-Flock-Sequence") == "1" && sender.count == 0)
            retried.answer(200)
            let second = try await sender.next()
            #expect(second.header("X-Flock-Sequence") == "2")
            second.answer(200)
            try await eventually("both are final") { verdicts.count == 3 }
        }
    }

    @Test(
        "Retry-After holds the other deliveries to the origin back until it is over, uncharged",
        arguments: [DeliveryOrder.parallel, .ordered])
    func retryAfter(_ ordering: DeliveryOrder) async throws {
        try await run(["a"], ordering: ordering) { dispatcher in
            try await sender.next().answer(429, retryAfter: "30")
            try await eventually("the pause is known") { verdicts == [.retry(after: .seconds(30))] }
            dispatcher.add(
                try await outbox.accept(
                    ["b", "c", "d"], registration: "https://8.8.8.8/other", ordering: ordering, of: "v"))
            try await time.advance(by: .milliseconds(29_999), whenSleeping: 1)
            try await eventually("the dispatcher waits again") { time.sleeps == [.milliseconds(1)] }
            #expect(sender.count == 0 && dispatcher.inFlightCount == 0)
            time.advance(by: .milliseconds(1))
            for _ in 1...4 { try await sender.next().answer(200) }
            try await eventually("all are final") { outbox.figures().pending == 0 }
        }
        #expect(verdicts.count == 5, "only the answered delivery has a second attempt")
    }

    @Test("A final delivery's Retry-After pauses its origin, too, and no other origin")
    func retryAfterOfTheLastAttempt() async throws {
        let dispatcher = dispatcher(finalStatuses: [429])
        let running = Task { await dispatcher.run() }
        defer { running.cancel() }
        dispatcher.add(try await outbox.accept(["a"], registration: "https://8.8.8.8/hook"))
        try await sender.next().answer(429, retryAfter: "30")
        try await eventually("it is final") { verdicts == [.failed(.http(429))] }
        dispatcher.add(try await outbox.accept(["b"]))
        dispatcher.add(try await outbox.accept(["c"], registration: "https://9.9.9.9/hook", of: "v"))
        let other = try await sender.next()
        #expect(other.request.url.origin.host == "9.9.9.9")
        other.answer(200)
        try await eventually("only the paused origin waits") { time.sleeps == [.seconds(30)] && verdicts.count == 2 }
        #expect(sender.count == 0)
        time.advance(by: .seconds(30))
        try await sender.next().answer(200)
        try await eventually("it is delivered") { verdicts.count == 3 }
        dispatcher.drain()
        await running.value
    }

    @Test(
        "An attempt that could not begin is no attempt: it is made again after a second", arguments: Shortage.allCases)
    func shortage(_ shortage: Shortage) async throws {
        try await run(["a"]) { dispatcher in
            try await sender.next().doNotSend(shortage)
            try await eventually("it waits") { time.sleeps == [.seconds(1)] }
            #expect(observer.shortages.withLock { $0 } == [shortage])
            #expect(verdicts.isEmpty && dispatcher.inFlightCount == 1)
            time.advance(by: .seconds(1))
            let again = try await sender.next()
            #expect(again.header("X-Flock-Attempt") == "1")
            again.answer(200)
            try await eventually("it is delivered") { verdicts == [.delivered] }
        }
    }

    @Test("A look-up that this host could not make is no attempt")
    func shortageOfALookup() async throws {
        let isShort = Mutex(true)
        let resolver = NameResolver(time: time) { _, ended in
            let isShort = isShort.withLock { $0 }
            ended(isShort ? .notDone(.threads) : .found([.v4(IPv4Address(bits: 0x0808_0808))]))
        }
        let dispatcher = dispatcher(resolver: resolver)
        let running = Task { await dispatcher.run() }
        defer { running.cancel() }
        dispatcher.add(try await outbox.accept(["a"], registration: "https://a.example/hook"))
        try await eventually("the shortage is known") { observer.shortages.withLock { $0 } == [.threads] }
        isShort.withLock { $0 = false }
        // The limit of the look-up's wait is another sleeper.
        try await eventually("the delivery waits") { time.sleeps.contains(.seconds(1)) }
        time.advance(by: .seconds(1))
        let sent = try await sender.next()
        #expect(sent.header("X-Flock-Attempt") == "1")
        sent.answer(200)
        try await eventually("it is delivered") { verdicts == [.delivered] }
        dispatcher.drain()
        await running.value
    }
}
