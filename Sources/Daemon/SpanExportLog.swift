internal import Domain
internal import Logging
internal import Synchronization
internal import Telemetry
internal import TraceExport

/// Counts exported and dropped spans. Logs failures once a minute, with the number of spans dropped since the last time.
final class SpanExportLog: ExportObserver {
    private static let interval = Duration.seconds(60)

    private struct State {
        /// Whether a failure was logged since spans were last exported.
        var isFailing = false
        /// Since the last record.
        var dropped = 0
        var lastLog: MonotonicTime?
    }

    private let endpoint: Origin
    private let exportedSpans: Counter
    private let droppedSpans: Counter
    private let time: any TimeSource
    private let logger: Logger
    private let state = Mutex(State())

    init(endpoint: Origin, exported: Counter, dropped: Counter, time: any TimeSource, logger: Logger) {
        self.endpoint = endpoint
        exportedSpans = exported
        droppedSpans = dropped
        self.time = time
        self.logger = logger
    }

    func exported(_ count: Int) {
        exportedSpans.add(count)
        let recovered: Int? = state.withLock { state in
            guard state.isFailing else { return nil }
            state.isFailing = false
            defer { state.dropped = 0 }
            return state.dropped
        }
        guard let recovered else { return }
        logger.notice("Spans are exported again", metadata: metadata(dropped: recovered))
    }

    func dropped(_ count: Int, _ problem: ExportProblem) {
        droppedSpans.add(count)
        failed(problem, dropped: count)
    }

    func retrying(_ problem: ExportProblem) { failed(problem, dropped: 0) }

    private func failed(_ problem: ExportProblem, dropped count: Int) {
        let now = time.now().monotonic
        let dropped: Int? = state.withLock { state in
            state.dropped += count
            if let last = state.lastLog, now - last < Self.interval { return nil }
            state.lastLog = now
            state.isFailing = true
            defer { state.dropped = 0 }
            return state.dropped
        }
        guard let dropped else { return }
        var metadata = metadata(dropped: dropped)
        metadata["error"] = "\(Self.name(of: problem))"
        logger.warning("Cannot export all spans; deliveries are not affected", metadata: metadata)
    }

    private func metadata(dropped: Int) -> Logger.Metadata {
        ["endpoint": "\(endpoint)", "spans_dropped": .stringConvertible(dropped)]
    }

    private static func name(of problem: ExportProblem) -> String {
        switch problem {
        case .queueFull: "queue_full"
        case .notExported(.notSent(let shortage)): shortage.rawValue
        case .notExported(.ended(let outcome)): outcome.errorClass?.description ?? ErrorClass.protocolError.description
        }
    }
}
