internal import Addresses
internal import Dispatching
internal import Domain
internal import Glibc
internal import Ingest
internal import Intake
internal import LocalHTTP
package import Logging
package import NIOCore
internal import Outbox
internal import Routing
internal import Scheduling
internal import ServiceLifecycle
package import Settings
internal import Status
internal import Synchronization
package import Telemetry
internal import Tracing
internal import Transport
package import UnixSocket

/// Builds the stages, starts them from the last to the first, and stops them from the first to the last.
package final class RelayDaemon: Sendable {
    /// The names of inherited sockets: that of the event socket, and that of the status socket.
    package static let socketNames = ["events", "status"]

    private let settings: RelaySettings
    private let manager: ServiceManager?
    private let descriptors: DescriptorBudget
    private let logger: Logger
    private let group: any EventLoopGroup
    private let timeLine: TimeLine
    private let time: any TimeSource
    private let lock: FileLock
    private let eventSocket: BoundSocket
    private let statusSocket: BoundSocket
    private let outbox: any OutboxRoles
    private let pool: URLSessionPool
    private let sessionWatch: SessionWatch
    private let fileWatch: FileWatch
    private let supervision: Supervision?
    private let spans: SpanExport?
    private let dispatcher: Dispatcher
    private let intake: EventIntake
    private let completions: CompletionWatch
    private let attempts = AttemptFeed()
    private let status: RelayStatus
    private let eventChannel = Mutex<(any Channel)?>(nil)
    private let shortages: ShortageWatch
    private let statusIsUp = AsyncStream<Void>.makeStream()

    /// Takes locks and sockets, and builds the stages; nothing runs yet.
    ///
    /// - Parameters:
    ///   - inherited: sockets that the service manager has bound, by the names ``socketNames``.
    ///   - manager: the service manager, if there is one.
    ///   - log: where `logger` writes.
    /// - Throws: ``SettingsError`` or `SocketError`: says what is wrong and what to do.
    package init(
        _ settings: RelaySettings, descriptors: DescriptorBudget, inherited: InheritedSockets = InheritedSockets(),
        manager: ServiceManager? = nil, logger: Logger, log: LogBuffer, group: any EventLoopGroup
    ) async throws {
        self.settings = settings
        self.descriptors = descriptors
        self.manager = manager
        self.logger = logger
        self.group = group
        lock = try StateDirectory.lock(settings.stateDirectory)
        eventSocket = BoundSocket(
            try inherited.listeningSocket(Self.socketNames[0], path: settings.socket, mode: settings.socketMode),
            logger: logger)
        do {
            statusSocket = BoundSocket(
                try inherited.listeningSocket(
                    Self.socketNames[1], path: settings.statusSocket, mode: settings.socketMode), logger: logger)
        } catch {
            eventSocket.remove()
            throw error
        }
        let meters = Meters(time: SystemTime())
        let transport: SpanTransport?
        do {
            pool = try await URLSessionPool(settings, descriptors)
            transport = try await SpanTransport(settings)
            outbox = try OutboxFactory(settings, meters: meters, logger: logger).open()
            timeLine = TimeLine(
                continuing: try await outbox.clockMarks(), latest: try await outbox.latestActivity(), boot: .system,
                wall: .system)
        } catch {
            eventSocket.remove()
            statusSocket.remove()
            throw error
        }
        time = SystemTime(startingAt: timeLine.start)
        let health = IntakeHealth(time: time, logger: logger)
        sessionWatch = SessionWatch(pool: pool, meters: meters, time: time, logger: logger)
        fileWatch = FileWatch(
            lock: lock, outbox: outbox, sockets: [eventSocket, statusSocket], health: health, time: time,
            logger: logger)
        shortages = ShortageWatch(time: time, logger: logger)
        spans = transport.map { [time] in SpanExport(settings, $0, meters: meters, time: time, logger: logger) }
        completions = CompletionWatch(store: outbox, time: time, logger: logger)
        dispatcher = Dispatcher(
            limits: .init(
                maxInFlight: settings.concurrencyTotal, maxInFlightPerOrigin: settings.concurrencyPerOrigin,
                timeout: settings.timeout),
            policy: settings.deliveryPolicy, store: outbox, sender: pool,
            resolver: NameResolver(
                table: LookupTable(limits: .init(lookups: descriptors.maxLookups)), time: time,
                lookUp: SystemLookup.start),
            observer: AttemptLog(
                meters: meters, shortages: shortages, completions: completions, feed: attempts, logger: logger),
            tracer: spans?.tracer ?? NoOpTracer(), time: time, logger: logger)
        intake = EventIntake(
            rules: settings.intakeRules, store: outbox, deliveries: dispatcher,
            observer: IntakeLog(meters: meters, completions: completions, time: time, logger: logger),
            health: health, time: time)
        status = RelayStatus(
            outbox: outbox, dispatcher: dispatcher, pool: pool, sessions: sessionWatch, shortages: shortages,
            sockets: [eventSocket, statusSocket], intake: health, meters: meters, log: log,
            maxBytes: settings.outboxMax, timeLine: timeLine, time: time)
        supervision = manager.map { [intake, dispatcher, sessionWatch, outbox, time] manager in
            Supervision(
                manager: manager, intake: intake, dispatcher: dispatcher, sessions: sessionWatch, outbox: outbox,
                time: time)
        }
    }

    /// Deliveries that are not final.
    package func pendingCount() async -> Int { await outbox.figures().pending }

    /// Applies those of the new settings that may change while the relay runs.
    package func adopt(_ settings: RelaySettings) async {
        let adopted = self.settings.adopting(settings)
        dispatcher.adopt(adopted.deliveryPolicy)
        await intake.adopt(adopted.intakeRules)
    }

    /// Runs until `stopped` returns or the task is cancelled, and then ends in order.
    ///
    /// - Parameters:
    ///   - started: called once both sockets answer.
    ///   - stopped: returns when the relay must stop.
    ///   - lost: called when the relay stops by itself, because its state directory has changed.
    /// - Throws: ``StateLost`` then.
    package func run(
        started: @escaping @Sendable () -> Void, stopped: @escaping @Sendable () async -> Void,
        lost: @escaping @Sendable () -> Void = {}
    ) async throws {
        let services = ServiceGroup(
            configuration: .init(
                services: services(started, lost), logger: Logger(label: "services") { _ in SwiftLogNoOpLogHandler() }))
        defer { removeSockets() }
        // Before a writer is accepted, so that its deliveries are no backlog and follow a mark of the clocks.
        try await dispatcher.recover()
        await markTime()
        try await withThrowingTaskGroup { tasks in
            tasks.addTask { try await services.run() }
            tasks.addTask {
                await stopped()
                self.spans?.stopBegins()
                // No further attempt starts, even while another stage is still stopping.
                self.dispatcher.drain()
                await services.triggerGracefulShutdown()
            }
            try await tasks.next()
            try await tasks.next()
        }
        pool.stop()
        spans?.stop()
        await logRemaining()
        try? await outbox.close()
    }

    private func logRemaining() async {
        if dispatcher.unrecordedCount > 0 {
            logger.error(
                "Attempts could not be recorded in the outbox; their deliveries are attempted again after the next start",
                metadata: ["attempts": .stringConvertible(dispatcher.unrecordedCount)])
        }
        let remaining = await pendingCount()
        logger.notice("Stopped", metadata: ["deliveries_remaining": .stringConvertible(remaining)])
    }

    // MARK: Services

    /// In the order of the start; they stop in the reverse order.
    private func services(
        _ started: @escaping @Sendable () -> Void, _ lost: @escaping @Sendable () -> Void
    ) -> [ServiceGroupConfiguration.ServiceConfiguration] {
        var services = [
            service { await self.sessionWatch.run() },
            ClosureService { await self.runDispatcher() },
            service { await self.runRetention() },
            service { await self.completions.run(self.intake) },
            ClosureService { try await self.runStatus() },
            ClosureService { try await self.runEvents(started) },
        ].map { ServiceGroupConfiguration.ServiceConfiguration(service: $0) }
        // The others stop in order, so that attempts in flight can end.
        services.append(
            .init(
                service: service {
                    try await self.fileWatch.run {
                        self.spans?.stopBegins()
                        lost()
                    }
                },
                failureTerminationBehavior: .gracefullyShutdownGroup))
        // Starts first and stops last, so that the spans of the last attempts are exported.
        if let spans {
            let service = ClosureService { await spans.run(drainTimeout: self.settings.drainTimeout) }
            services.insert(.init(service: service), at: 0)
        }
        if let supervision { services.append(.init(service: service { await supervision.run() })) }
        return services
    }

    /// A service that is cancelled at shutdown.
    private func service(_ body: @escaping @Sendable () async throws -> Void) -> ClosureService {
        ClosureService { try await cancelWhenGracefulShutdown { try await body() } }
    }

    /// At shutdown, starts no further attempt and waits for those in flight, for `drain-timeout` at most.
    private func runDispatcher() async {
        let ended = Signal()
        let running = Task {
            await dispatcher.run()
            ended.send()
        }
        await gracefulShutdownReached()
        dispatcher.drain()
        await ended.wait(atMost: settings.drainTimeout, time)
        running.cancel()
        await attempts.end(within: .milliseconds(250))
    }

    private func runRetention() async {
        while (try? await time.sleep(for: .seconds(60))) != nil {
            await markTime()
            do {
                try await outbox.expire(settings.retention, now: time.now().steady)
            } catch is CancellationError {
            } catch {
                logger.error(
                    "Cannot remove expired history and secrets from the outbox; trying again in a minute",
                    metadata: ["error": "\(error)"])
            }
        }
    }

    /// Keeps where the time line stands, so that the next run continues it. Without this mark it continues at an earlier
    /// one or at the latest activity, so an error ends nothing early.
    private func markTime() async { try? await outbox.keep(timeLine.mark(time.now())) }

    private func runStatus() async throws {
        let routes = StatusServer(source: status, attempts: attempts)
        let server = routes.server(
            maxConnections: descriptors.maxStatusConnections, acceptFailed: shortages.acceptFailed)
        var metrics: (any Channel)?
        if let address = settings.metricsListen {
            metrics = try await MetricsListener(address: address, status: routes).start(
                maxConnections: descriptors.maxStatusConnections, acceptFailed: shortages.acceptFailed, group: group)
        }
        var current: (any Channel)?
        try await withGracefulShutdownHandler {
            for await socket in statusSocket.sockets {
                let next = try await server.start(on: socket.descriptor, group: group)
                statusSocket.listens(on: socket)
                try? await current?.close()
                current = next
                statusIsUp.continuation.finish()
            }
        } onGracefulShutdown: {
            self.statusSocket.stop()
        }
        try? await current?.close()
        try? await metrics?.close()
    }

    private func runEvents(_ started: @escaping @Sendable () -> Void) async throws {
        for await _ in statusIsUp.stream {}
        if Task.isCancelled { return }
        let server = EventSocket(
            receiver: intake, maxLineLength: settings.maxLine, maxWriters: descriptors.maxWriters,
            observer: shortages)
        try await withGracefulShutdownHandler {
            try await cancelWhenGracefulShutdown { try await self.runEvents(server, started) }
        } onGracefulShutdown: {
            self.eventSocket.stop()
            Task { await self.intake.stop() }
        }
    }

    private func runEvents(_ server: EventSocket, _ started: @escaping @Sendable () -> Void) async throws {
        try await withThrowingDiscardingTaskGroup { tasks in
            for await socket in eventSocket.sockets {
                tasks.addTask {
                    do {
                        try await server.serve(socket.descriptor, on: self.group) { channel in
                            self.eventSocket.listens(on: socket)
                            self.isListening(on: channel, started)
                        }
                    } catch is CancellationError {}
                }
            }
        }
    }

    /// - Parameter channel: replaces the one before, if there is one; connections of that one go on.
    private func isListening(on channel: any Channel, _ started: @Sendable () -> Void) {
        let previous = eventChannel.withLock { current in
            defer { current = channel }
            return current
        }
        if let previous {
            previous.close(promise: nil)
        } else {
            logReady()
            started()
        }
    }

    private func logReady() {
        logger.notice(
            "Ready",
            metadata: [
                "version": "\(RelayVersion.current)", "socket": "\(eventSocket.path)",
                "status_socket": "\(statusSocket.path)", "sessions": .stringConvertible(settings.sessions),
            ])
        manager?.ready()
    }

    private func removeSockets() {
        eventSocket.remove()
        statusSocket.remove()
        lock.release()
    }
}
