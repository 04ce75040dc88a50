internal import Domain
internal import Logging
internal import Settings
internal import Synchronization
internal import Telemetry
internal import TraceExport

/// The export of spans, from the tracer to the session that sends them.
final class SpanExport: Sendable {
    /// How long the stop waits for the last export, even if attempts have used up `drain-timeout`, and at most. The
    /// process must end 1.5 s after `drain-timeout`, and closing the outbox takes time, too.
    private static let flushTime = (min: Duration.milliseconds(250), max: Duration.seconds(1))

    let tracer: ExportTracer
    private let exporter: SpanExporter
    private let transport: SpanTransport
    private let time: any TimeSource
    private let logger: Logger
    /// The monotonic time at which the stop began.
    private let stopBegan = Mutex<MonotonicTime?>(nil)

    init(
        _ settings: RelaySettings, _ transport: SpanTransport, meters: Meters, time: any TimeSource, logger: Logger
    ) {
        let log = SpanExportLog(
            endpoint: transport.endpoint.origin, exported: meters.spansExported, dropped: meters.spansDropped,
            time: time, logger: logger)
        exporter = SpanExporter(settings.traceExport, sender: transport, observer: log, time: time)
        tracer = ExportTracer(sampler: settings.traceExport.sampler, exporter: exporter)
        self.transport = transport
        self.time = time
        self.logger = logger
    }

    /// From now on, `drain-timeout` passes.
    func stopBegins() {
        let now = time.now().monotonic
        stopBegan.withLock { if $0 == nil { $0 = now } }
    }

    /// Exports until the daemon stops and all attempts have ended, and then what is left, for a bounded time.
    func run(drainTimeout: Duration) async {
        let ended = Signal()
        let running = Task {
            await exporter.run()
            ended.send()
        }
        await gracefulShutdownReached()
        exporter.drain()
        let now = time.now().monotonic
        let unused = drainTimeout - (now - (stopBegan.withLock { $0 } ?? now))
        await ended.wait(atMost: min(max(unused, .zero) + Self.flushTime.min, Self.flushTime.max), time)
        running.cancel()
        guard exporter.pendingCount > 0 else { return }
        logger.warning(
            "Spans were not exported before the stop",
            metadata: ["spans": .stringConvertible(exporter.pendingCount), "endpoint": "\(transport.endpoint.origin)"])
    }

    /// Ends the session. Call it before the process exits.
    func stop() { transport.stop() }
}
