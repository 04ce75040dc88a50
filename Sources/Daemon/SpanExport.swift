internal import Domain
internal import Logging
internal import Settings
internal import Telemetry
internal import TraceExport

/// The export of spans, from the tracer to the session that sends them.
final class SpanExport: Sendable {
    /// Maximum time that the stop waits for the last export, even if attempts have used up `drain-timeout`.
    private static let flushTime = (min: Duration.milliseconds(500), max: Duration.seconds(1))

    let tracer: ExportTracer
    private let exporter: SpanExporter
    private let transport: SpanTransport
    private let time: any TimeSource
    private let logger: Logger

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

    /// Exports until the daemon stops and all attempts have ended, then exports the remaining spans for a limited time.
    func run(drainTimeout: Duration) async {
        let ended = Signal()
        let running = Task {
            await exporter.run()
            ended.send()
        }
        await gracefulShutdownReached()
        exporter.drain()
        await ended.wait(atMost: min(drainTimeout + Self.flushTime.min, Self.flushTime.max), time)
        running.cancel()
        guard exporter.pendingCount > 0 else { return }
        logger.warning(
            "Spans were not exported before the stop",
            metadata: ["spans": .stringConvertible(exporter.pendingCount), "endpoint": "\(transport.endpoint.origin)"])
    }

    /// Ends the session. Call it before the process exits.
    func stop() { transport.stop() }
}
