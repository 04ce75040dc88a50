import Addresses
import Dispatching
import Domain
import InMemoryTracing
import Logging
import Outbox
import OutboxMemory
import Scheduling
import TestSupport
import Testing
import Tracing

/// What the spans of attempts say, on a clock that the test moves.
@Suite(.timeLimit(.minutes(1))) struct AttemptSpanTests {
    private struct NoObserver: AttemptObserver {
        func attemptEnded(_ record: AttemptRecord) {}
        func attemptNotBegun(_ shortage: Shortage) {}
    }

    private let time = ManualTime()
    private let sender = ScriptedSender()
    private let outbox = MemoryOutbox()
    private let tracer = InMemoryTracer()

    private var spans: [FinishedInMemorySpan] { tracer.finishedSpans }

    /// Runs a dispatcher with one delivery until the body is through.
    private func run(
        to url: String, resolved: LookupResult = .notFound, _ body: () async throws -> Void
    ) async throws {
        let dispatcher = Dispatcher(
            limits: .init(maxInFlight: 64, maxInFlightPerOrigin: 8),
            policy: DeliveryPolicy(
                retry: RetryPolicy(jitter: 0), addressGuard: AddressGuard(allowed: []), timeout: .seconds(10)),
            store: outbox, sender: sender, resolver: NameResolver(time: time) { _, ended in ended(resolved) },
            observer: NoObserver(), tracer: tracer, time: time,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let running = Task { await dispatcher.run() }
        defer { running.cancel() }
        dispatcher.add(try await outbox.accept(["a"], registration: url))
        try await body()
        dispatcher.drain()
        await running.value
    }

    private func nanoseconds(_ instant: any TracerInstant) -> UInt64 { instant.nanosecondsSinceEpoch }

    @Test("Each attempt is a span of its own, with its number, times and outcome")
    func attempts() async throws {
        try await run(to: "https://8.8.8.8:8443/path-canary?query-canary") {
            let first = try await sender.next()
            time.advance(by: .milliseconds(30))
            first.answer(503)
            try await time.advance(by: .seconds(1), whenSleeping: 1)
            let second = try await sender.next()
            // A step of the system's clock does not change how long the attempt took.
            time.step(by: .hours(-1))
            time.advance(by: .milliseconds(40))
            second.answer(200)
            try await eventually("both spans have ended") { spans.count == 2 }
        }
        #expect(spans.map(\.operationName) == ["POST", "POST"] && spans.map(\.kind) == [.client, .client])
        let start = UInt64(Sample.timeOfDay.microseconds) * 1_000
        #expect(nanoseconds(spans[0].startInstant) == start)
        #expect(nanoseconds(spans[0].endInstant) == start + 30_000_000)
        #expect(nanoseconds(spans[1].endInstant) - nanoseconds(spans[1].startInstant) == 40_000_000)
        var expected: SpanAttributes = [
            "http.request.method": "POST", "url.scheme": "https", "server.address": "8.8.8.8", "server.port": 8_443,
            "messaging.message.conversation_id": "w", "flock.sequence": 1, "flock.artifact.id": "a",
            "flock.artifact.type": "Order", "http.response.status_code": 503, "error.type": "503",
            "flock.outcome": "retry",
        ]
        #expect(spans[0].attributes == expected && spans[0].status?.code == .error)
        expected["http.request.resend_count"] = 1
        expected["http.response.status_code"] = 200
        expected["error.type"] = nil as String?
        expected["flock.outcome"] = "delivered"
        #expect(spans[1].attributes == expected && spans[1].status == nil)
        #expect(!"\(spans)".contains("canary"))
    }

    @Test(
        "An attempt without an answer has its error class",
        arguments: [ErrorClass.timeout, .connectionRefused, .tlsError])
    func withoutAnswer(_ error: ErrorClass) async throws {
        try await run(to: "https://[2606:4700::1111]/") {
            try await sender.next().fail(error)
            try await eventually("the span has ended") { spans.count == 1 }
        }
        #expect(spans[0].attributes["error.type"] as? SpanAttribute == .string(error.description))
        #expect(spans[0].attributes["http.response.status_code"] == nil && spans[0].status?.code == .error)
        #expect(spans[0].attributes["server.address"] as? SpanAttribute == "2606:4700::1111")
    }

    @Test("An attempt that ends before anything is sent has a span")
    func unresolved() async throws {
        try await run(to: "https://a.example/") {
            try await eventually("the span has ended") { spans.count == 1 }
        }
        #expect(spans[0].attributes["error.type"] as? SpanAttribute == "dns_error")
        #expect(spans[0].attributes["server.address"] as? SpanAttribute == "a.example")
    }

    @Test("A redirect is not followed, so it is an error")
    func redirect() async throws {
        try await run(to: "https://8.8.8.8/") {
            try await sender.next().answer(302)
            try await eventually("the span has ended") { spans.count == 1 }
        }
        #expect(spans[0].attributes["error.type"] as? SpanAttribute == "302" && spans[0].status?.code == .error)
    }

    @Test("An attempt that could not begin has no span")
    func notBegun() async throws {
        try await run(to: "https://8.8.8.8/") {
            try await sender.next().doNotSend(.memory)
            try await time.advance(by: .seconds(1), whenSleeping: 1)
            try await sender.next().answer(200)
            try await eventually("the span has ended") { spans.count == 1 }
        }
        #expect(spans.map { $0.attributes["flock.outcome"] as? SpanAttribute } == ["delivered"])
    }

    @Test("A tracer that writes no trace context leaves the artifact's as it is")
    func forwarded() async throws {
        let trace = TraceContext(parent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", state: "v=1")
        let delivery = try Sample.delivery(
            1, registration: try Sample.registration(url: "https://8.8.8.8/"), trace: trace)
        let dispatcher = Dispatcher(
            limits: .init(maxInFlight: 64, maxInFlightPerOrigin: 8),
            policy: DeliveryPolicy(
                retry: RetryPolicy(jitter: 0), addressGuard: AddressGuard(allowed: []), timeout: .seconds(10)),
            store: outbox, sender: sender, resolver: NameResolver(time: time) { _, ended in ended(.notFound) },
            observer: NoObserver(), time: time, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let running = Task { await dispatcher.run() }
        defer { running.cancel() }
        dispatcher.add([delivery])
        let sent = try await sender.next()
        #expect(sent.header("traceparent") == trace.parent && sent.header("tracestate") == "v=1")
        sent.answer(200)
        dispatcher.drain()
        await running.value
    }
}
