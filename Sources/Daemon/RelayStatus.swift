internal import Dispatching
internal import Domain
internal import Intake
internal import Outbox
internal import Scheduling
internal import Status
internal import Synchronization
internal import Telemetry
internal import Transport

/// Collects what the status socket shows from the stages.
final class RelayStatus: StatusSource {
    private let outbox: any HistoryStore
    private let dispatcher: Dispatcher
    private let pool: URLSessionPool
    private let sessions: SessionWatch
    private let sockets: [BoundSocket]
    private let shortages: ShortageWatch
    private let intake: IntakeHealth
    private let meters: Meters
    private let times: TimesOfDay
    private let time: any TimeSource
    private let startedAt: Moment
    /// Bytes of pending bodies that the outbox may hold.
    private let maxBytes: Int
    /// What the gauges read; updated before each scrape.
    private let figures = Mutex(OutboxFigures())

    init(
        outbox: any HistoryStore, dispatcher: Dispatcher, pool: URLSessionPool, sessions: SessionWatch,
        shortages: ShortageWatch, sockets: [BoundSocket], intake: IntakeHealth, meters: Meters, log: LogBuffer,
        maxBytes: Int, timeLine: TimeLine, time: any TimeSource
    ) {
        self.outbox = outbox
        self.dispatcher = dispatcher
        self.pool = pool
        self.sessions = sessions
        self.sockets = sockets
        self.shortages = shortages
        self.intake = intake
        self.meters = meters
        self.maxBytes = maxBytes
        times = TimesOfDay(line: timeLine)
        self.time = time
        startedAt = time.now()
        registerGauges(log)
    }

    // MARK: StatusSource

    func status() async throws -> StatusReport {
        let figures = await outbox.figures()
        let now = time.now()
        let lanes = dispatcher.laneFigures()
        return StatusReport(
            version: RelayVersion.current, startedAt: times.text(startedAt.steady, now),
            uptimeSeconds: (now.monotonic - startedAt.monotonic).inSeconds,
            received: meters.events.byLabel, refused: meters.rejectedLines.byLabel,
            unmatched: meters.unmatched.total, withheld: meters.withheld.total,
            filtered: meters.filtered.total,
            duplicates: meters.duplicates.total, registrations: figures.registrations,
            deliveries: deliveryCounts(figures), attempts: meters.attempts.total, window: window, rate: rate,
            latency: .init(
                createdToDelivered: percentiles(meters.sinceCreation),
                receivedToDelivered: percentiles(meters.sinceReceipt)),
            oldestPendingSeconds: oldestPending(figures), outboxBytes: figures.bytes, outboxMaxBytes: maxBytes,
            sessions: pool.figures().map { .init(inFlight: $0.inFlight, connections: $0.connections) },
            origins: LaneReports(times: times, now: now).reports(lanes, limit: StatusReport.maxOrigins),
            originsTotal: lanes.count, latestFailures: meters.latestFailures.all.map { failure($0, now) })
    }

    func history() async -> HistoryReport {
        let (start, seconds) = meters.outcomes.seconds()
        let now = time.now()
        let began = times.wall(start, now)
        return HistoryReport(
            intervalSeconds: 1, startedAt: began.iso8601,
            samples: zip(0..., seconds).map { index, outcomes in
                .init(
                    t: Int(began.seconds) + index, delivered: outcomes.delivered, failed: outcomes.failedAttempts,
                    p50Ms: outcomes.latency?.p50, p95Ms: outcomes.latency?.p95)
            })
    }

    func health() async -> Health { Health(failing: stuckSessions) }

    private var stuckSessions: [String] {
        sessions.stuckCount == 0
            ? [] : ["URLSessions with requests beyond their deadline: \(sessions.stuckCount); restart the relay"]
    }

    func readiness() async -> Readiness { Readiness(failing: failingChecks) }

    /// Why the relay is not ready; empty if it is.
    private var failingChecks: [String] {
        var failing = stuckSessions + shortages.problems + sockets.compactMap(\.problem)
        if let problem = intake.problem { failing.append("events are not accepted: \(problem)") }
        if dispatcher.unrecordedCount > 0 { failing.append("attempts cannot be recorded in the outbox") }
        return failing
    }

    func correlations(_ query: CorrelationsQuery) async throws -> CorrelationList {
        let page = try await outbox.workflows(WorkflowQuery(query))
        let reports = WorkflowReports(times: times, now: time.now())
        return CorrelationList(
            correlations: page.workflows.map { reports.report($0) }, nextCursor: page.next.map { ListCursor($0).text })
    }

    func correlation(_ id: String, _ query: DeliveriesQuery) async throws -> CorrelationReport? {
        let history = try await outbox.history(of: CorrelationID(id), HistoryQuery(query))
        return history.map { WorkflowReports(times: times, now: time.now()).report($0) }
    }

    func metrics() async -> String {
        let current = await outbox.figures()
        figures.withLock { $0 = current }
        return meters.registry.text()
    }

    // MARK: Parts

    private func deliveryCounts(_ figures: OutboxFigures) -> StatusReport.DeliveryCounts {
        let ended = meters.deliveries.byLabel
        return .init(
            pending: figures.pending, inFlight: dispatcher.inFlightCount, delivered: ended["delivered"] ?? 0,
            recovered: meters.recovered.total, failed: ended["failed"] ?? 0, failedByReason: meters.failed.byLabel)
    }

    private func percentiles(_ window: LatencyWindow) -> StatusReport.Percentiles {
        let found = window.percentiles()
        return .init(count: found.count, p50Ms: found.p50, p95Ms: found.p95, p99Ms: found.p99)
    }

    private func oldestPending(_ figures: OutboxFigures) -> Double {
        figures.oldestPendingSince.map { max((time.now().steady - $0).inSeconds, 0) } ?? 0
    }

    private static let windowSeconds = 300
    private static let rateSeconds = 10

    private var window: StatusReport.Window {
        let sum = meters.outcomes.sum(ofLast: Self.windowSeconds)
        return .init(
            seconds: Self.windowSeconds, delivered: sum.delivered, failed: sum.failed, recovered: sum.recovered)
    }

    private var rate: StatusReport.Rate {
        let rate = meters.outcomes.rate(overLast: Self.rateSeconds)
        return .init(deliveredPerSecond: rate.delivered, failedAttemptsPerSecond: rate.failedAttempts)
    }

    private func failure(_ failure: LatestFailures.Failure, _ now: Moment) -> StatusReport.Failure {
        .init(
            failedAt: times.text(failure.failedAt, now), correlationId: failure.correlationID.rawValue,
            sequence: Int(failure.sequence.rawValue), artifactType: failure.artifactType,
            origin: failure.origin.description, reason: failure.reason.description, attempts: failure.attempts)
    }

    private func registerGauges(_ log: LogBuffer) {
        let registry = meters.registry
        gauge("pending", "Deliveries that are not final.") { Double($0.pending) }
        gauge("oldest_pending_seconds", "Age of the oldest pending delivery.") { [self] in oldestPending($0) }
        gauge("registrations", "Workflows with a registration.") { Double($0.registrations) }
        gauge("outbox_bytes", "Bodies of pending deliveries, in bytes.") { Double($0.bytes) }
        registry.gauge("outbox_max_bytes", "The setting outbox-max, in bytes.") { [maxBytes] in
            [("", Double(maxBytes))]
        }
        registry.gauge("ready", "1 if /readyz answers 200, else 0.") { [weak self] in
            [("", self?.failingChecks.isEmpty == true ? 1 : 0)]
        }
        registry.gauge("in_flight", "Attempts in flight.") { [dispatcher] in [("", Double(dispatcher.inFlightCount))] }
        registry.gauge("log_records_dropped_total", "Log records dropped because stderr was not read.", type: "counter")
        {
            [("", Double(log.droppedCount))]
        }
        registry.gauge("build_info", "The running version.") { [("version=\"\(RelayVersion.current)\"", 1)] }
        registry.gauge("process_resident_memory_bytes", "Resident memory of the daemon.", omitsPrefix: true) {
            [("", ProcessFigures.residentMemory)]
        }
        registry.gauge(
            "process_cpu_seconds_total", "Processor time of the daemon.", omitsPrefix: true, type: "counter"
        ) { [("", ProcessFigures.processorSeconds)] }
        let startTime = Double(WallTime.system.microseconds) / 1e6
        registry.gauge("process_start_time_seconds", "Start of the daemon, in Unix time.", omitsPrefix: true) {
            [("", startTime)]
        }
        registry.gauge("process_open_fds", "Open files of the daemon.", omitsPrefix: true) {
            [("", ProcessFigures.openFiles)]
        }
    }

    private func gauge(_ name: String, _ help: String, _ value: @escaping @Sendable (OutboxFigures) -> Double) {
        meters.registry.gauge(name, help) { [weak self] in
            guard let self else { return [] }
            return [("", value(figures.withLock { $0 }))]
        }
    }
}
