import Domain
import Synchronization
import TestSupport
import TraceExport
import Tracing

/// A tracer and its exporter on a manual clock, with a sender that a test scripts.
final class Exports: SpanSender, ExportObserver {
    private struct State {
        var requests: [(body: [UInt8], timeout: Duration)] = []
        var waiting: [CheckedContinuation<SendResult, Never>] = []
        var exported = 0
        var dropped: [ExportProblem: Int] = [:]
        var retries = 0
    }

    let time = ManualTime()
    private let settings: TraceExportSettings
    private let state = Mutex(State())
    private let made = Mutex<SpanExporter?>(nil)

    init(sampler: Sampler = .standard, _ change: (inout TraceExportSettings) -> Void = { _ in }) {
        var settings = TraceExportSettings()
        settings.sampler = sampler
        change(&settings)
        self.settings = settings
    }

    var exporter: SpanExporter {
        made.withLock { made in
            let exporter = made ?? SpanExporter(settings, sender: self, observer: self, time: time, chance: { 1 })
            made = exporter
            return exporter
        }
    }

    var tracer: ExportTracer { ExportTracer(sampler: settings.sampler, exporter: exporter) }

    /// Begins a span.
    func span(_ name: String = "POST", under parent: String?, state: String? = nil) -> ExportedSpan {
        var context = InstrumentationContext.topLevel
        context.span = parent.flatMap { SpanContext(parent: $0, state: state) }
        return tracer.startSpan(name, context: context, ofKind: .client, at: instant)
    }

    /// Begins and ends spans.
    func record(_ count: Int) {
        for _ in 0..<count { span(under: nil).end(at: instant) }
    }

    var instant: DefaultTracerClock.Timestamp {
        .init(nanosecondsSinceEpoch: UInt64(time.now().wall.microseconds) * 1_000)
    }

    // MARK: Export

    func send(_ body: [UInt8], timeout: Duration) async -> SendResult {
        await withCheckedContinuation { continuation in
            state.withLock { state in
                state.requests.append((body, timeout))
                state.waiting.append(continuation)
            }
        }
    }

    func exported(_ count: Int) { state.withLock { $0.exported += count } }
    func dropped(_ count: Int, _ problem: ExportProblem) { state.withLock { $0.dropped[problem, default: 0] += count } }
    func retrying(_ problem: ExportProblem) { state.withLock { $0.retries += 1 } }

    var exportedCount: Int { state.withLock { $0.exported } }
    var dropped: [ExportProblem: Int] { state.withLock { $0.dropped } }
    var retries: Int { state.withLock { $0.retries } }
    var requestCount: Int { state.withLock { $0.requests.count } }
    var lastTimeout: Duration? { state.withLock { $0.requests.last?.timeout } }
    var lastBody: [UInt8] { state.withLock { $0.requests.last?.body ?? [] } }

    /// Ends the request under way once there is one.
    func answer(_ result: SendResult) async throws {
        try await eventually("a request is under way") { state.withLock { !$0.waiting.isEmpty } }
        state.withLock { $0.waiting.removeFirst() }.resume(returning: result)
    }

    func answer(_ status: Int, retryAfter: String? = nil) async throws {
        try await answer(.ended(.answered(status: status, retryAfter: retryAfter)))
    }

    /// Runs the exporter during the body, then drains it and answers what is left.
    func run(_ body: () async throws -> Void) async throws {
        let running = Task { await exporter.run() }
        defer { running.cancel() }
        try await body()
        exporter.drain()
        let answering = Task {
            while !Task.isCancelled { try await answer(200) }
        }
        await running.value
        answering.cancel()
    }
}
