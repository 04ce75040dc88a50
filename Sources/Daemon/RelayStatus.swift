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
    private let timeLine: TimeLine
    private let time: any TimeSource
    private let startedAt: MonotonicTime
    /// What the gauges read; updated before each scrape.
    private let figures = Mutex(OutboxFigures())

    init(
        outbox: any HistoryStore, dispatcher: Dispatcher, pool: URLSessionPool, sessions: SessionWatch,
        shortages: ShortageWatch, sockets: [BoundSocket], intake: IntakeHealth, meters: Meters, log: LogBuffer,
        outboxMax: Int, timeLine: TimeLine, time: any TimeSource
    ) {
        self.outbox = outbox
        self.dispatcher = dispatcher
        self.pool = pool
        self.sessions = sessions
        self.sockets = sockets
        self.shortages = shortages
        self.intake = intake
        self.meters = meters
        self.timeLine = timeLine
        self.time = time
        startedAt = time.now().monotonic
        registerGauges(log, outboxMax: outboxMax)
    }

    // MARK: StatusSource

    func status() async throws -> StatusReport {
        let figures = await outbox.figures()
        return StatusReport(
            version: RelayVersion.current, uptimeSeconds: (time.now().monotonic - startedAt).inSeconds,
            received: meters.events.byLabel, refused: meters.rejectedLines.byLabel,
            unmatched: meters.unmatched.total, withheld: meters.withheld.total,
            filtered: meters.filtered.total,
            duplicates: meters.duplicates.total, registrations: figures.registrations,
            deliveries: deliveryCounts(figures), attempts: meters.attempts.total,
            latency: .init(
                createdToDelivered: percentiles(meters.sinceCreation),
                receivedToDelivered: percentiles(meters.sinceReceipt)),
            oldestPendingSeconds: oldestPending(figures), outboxBytes: figures.bytes,
            sessions: pool.figures().map { .init(inFlight: $0.inFlight, connections: $0.connections) },
            origins: dispatcher.laneFigures().map(lane).sorted { $0.origin < $1.origin })
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

    func correlations(
        _ state: StatusRoute.CorrelationState?, limit: Int
    ) async throws -> [CorrelationReport] {
        let filter: WorkflowFilter =
            switch state {
            case .active: .active
            case .finished: .finished
            case nil: .all
            }
        return try await outbox.workflows(filter, limit: limit).map { report($0, deliveries: nil) }
    }

    func correlation(_ id: String) async throws -> CorrelationReport? {
        try await outbox.history(of: CorrelationID(id)).map { history in
            report(history.summary, deliveries: history.deliveries.map(delivery))
        }
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

    private func lane(_ lane: LaneFigures) -> StatusReport.Lane {
        .init(
            origin: lane.origin.description, inFlight: lane.inFlight,
            pending: lane.pending, hasMore: lane.hasBacklog, state: lane.state.rawValue)
    }

    private func report(
        _ summary: WorkflowSummary, deliveries: [CorrelationReport.Delivery]?
    ) -> CorrelationReport {
        let workflow = summary.workflow
        return CorrelationReport(
            correlationId: workflow.correlationID.rawValue, state: summary.isActive ? "active" : "finished",
            origin: workflow.registration.map { $0.url.origin.description }, pending: workflow.pending,
            delivered: summary.delivered, failed: summary.failed, lastSequence: Int(workflow.lastSequence.rawValue),
            lastActivityAt: timeOfDay(workflow.lastActivityAt), deliveries: deliveries)
    }

    private func delivery(_ history: DeliveryHistory) -> CorrelationReport.Delivery {
        var reason: String?
        if case .failed(let error) = history.state { reason = error.description }
        return .init(
            sequence: Int(history.sequence.rawValue), artifactId: history.artifactID.rawValue,
            type: history.artifactType, origin: history.origin.description, state: history.state.name,
            reason: reason, receivedAt: timeOfDay(history.receivedAt),
            nextAttemptAt: history.state.isFinal ? nil : history.nextAttemptAt.map(timeOfDay),
            attempts: history.attempts.map { attempt in
                .init(
                    attempt: attempt.number, startedAt: timeOfDay(attempt.startedAt),
                    durationMs: Double(attempt.duration.microseconds) / 1_000, status: attempt.status,
                    error: attempt.errorClass?.description)
            })
    }

    private func timeOfDay(_ time: SteadyTime) -> String { timeLine.wall(time, now: self.time.now()).iso8601 }

    private func registerGauges(_ log: LogBuffer, outboxMax: Int) {
        let registry = meters.registry
        gauge("pending", "Deliveries that are not final.") { Double($0.pending) }
        gauge("oldest_pending_seconds", "Age of the oldest pending delivery.") { [self] in oldestPending($0) }
        gauge("registrations", "Workflows with a registration.") { Double($0.registrations) }
        gauge("outbox_bytes", "Bodies of pending deliveries, in bytes.") { Double($0.bytes) }
        registry.gauge("outbox_max_bytes", "The setting outbox-max, in bytes.") { [("", Double(outboxMax))] }
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
