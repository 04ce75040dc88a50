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
internal import Telemetry
internal import Transport
internal import UnixSocket

/// Builds the stages, starts them from the last to the first, and stops them from the first to the last.
package final class RelayDaemon: Sendable {
    private let settings: RelaySettings
    private let descriptors: DescriptorBudget
    private let logger: Logger
    private let group: any EventLoopGroup
    private let time: any TimeSource = SystemTime()
    private let lock: FileLock
    private let eventSocket: ListeningSocket
    private let statusSocket: ListeningSocket
    private let outbox: any OutboxRoles
    private let pool: URLSessionPool
    private let watch: SessionWatch
    private let dispatcher: Dispatcher
    private let intake: EventIntake
    private let status: RelayStatus
    private let shortages: ShortageWatch
    private let statusIsUp = AsyncStream<Void>.makeStream()

    /// Takes locks and sockets, and builds the stages; nothing runs yet.
    ///
    /// - Throws: ``SettingsError`` or `SocketError`: says what is wrong and what to do.
    package init(
        _ settings: RelaySettings, descriptors: DescriptorBudget, logger: Logger, group: any EventLoopGroup
    ) async throws {
        self.settings = settings
        self.descriptors = descriptors
        self.logger = logger
        self.group = group
        lock = try StateDirectory.lock(settings.stateDirectory)
        eventSocket = try ListeningSocket(path: settings.socket, mode: settings.socketMode)
        do {
            statusSocket = try ListeningSocket(path: settings.statusSocket, mode: settings.socketMode)
        } catch {
            eventSocket.remove()
            throw error
        }
        let meters = Meters(time: time)
        do {
            pool = try await URLSessionPool(settings, descriptors)
            outbox = try OutboxFactory(settings, meters: meters, logger: logger).open()
        } catch {
            eventSocket.remove()
            statusSocket.remove()
            throw error
        }
        let health = IntakeHealth(logger: logger)
        shortages = ShortageWatch(time: time, logger: logger)
        watch = SessionWatch(pool: pool, meters: meters, time: time, logger: logger)
        dispatcher = Dispatcher(
            limits: .init(
                maxInFlight: settings.concurrencyTotal, maxInFlightPerOrigin: settings.concurrencyPerOrigin,
                timeout: settings.timeout),
            policy: settings.deliveryPolicy, store: outbox, sender: pool,
            resolver: NameResolver(
                table: LookupTable(limits: .init(lookups: descriptors.maxLookups)), time: time,
                lookUp: SystemLookup.start),
            observer: AttemptLog(meters: meters, shortages: shortages, logger: logger), time: time, logger: logger)
        intake = EventIntake(
            rules: settings.intakeRules, store: outbox, deliveries: dispatcher,
            observer: IntakeLog(
                meters: meters, logger: logger, rejections: RejectionLog(logger: logger, time: time)),
            health: health, time: time)
        status = RelayStatus(
            outbox: outbox, dispatcher: dispatcher, pool: pool, watch: watch, shortages: shortages, intake: health,
            meters: meters,
            time: time)
    }

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
    package func run(
        started: @escaping @Sendable () -> Void, stopped: @escaping @Sendable () async -> Void
    ) async throws {
        let services = ServiceGroup(
            configuration: .init(
                services: [
                    ClosureService { await self.runWatch() },
                    ClosureService { await self.runDispatcher() },
                    ClosureService { await self.runRetention() },
                    ClosureService { try await self.runStatus() },
                    ClosureService { try await self.runEvents(started) },
                ], logger: Logger(label: "services") { _ in SwiftLogNoOpLogHandler() }))
        defer { removeSockets() }
        // Before a writer can connect: a delivery that is accepted from now on is no backlog.
        try await dispatcher.recover()
        try await withThrowingTaskGroup { tasks in
            tasks.addTask { try await services.run() }
            tasks.addTask {
                await stopped()
                await services.triggerGracefulShutdown()
            }
            try await tasks.next()
            try await tasks.next()
        }
        pool.stop()
        let remaining = await outbox.figures().pending
        try? await outbox.close()
        logger.notice("Stopped", metadata: ["deliveries_remaining": "\(remaining)"])
    }

    // MARK: Services

    private func runWatch() async {
        await cancelWhenGracefulShutdown { await self.watch.run() }
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
    }

    private func runRetention() async {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                try? await self.time.sleep(for: .seconds(60))
                do {
                    try await self.outbox.expire(self.settings.retention, now: self.time.now().wall)
                } catch is CancellationError {
                } catch {
                    self.logger.error(
                        "Cannot remove expired history and secrets from the outbox; trying again in a minute",
                        metadata: ["error": "\(error)"])
                }
            }
        }
    }

    private func runStatus() async throws {
        let server = StatusServer(source: status)
        let statusServer = server.server(
            maxConnections: descriptors.maxStatusConnections, acceptFailed: shortages.acceptFailed)
        var channels = [try await statusServer.start(on: statusSocket.descriptor, group: group)]
        statusSocket.raiseBacklog()
        if let address = settings.metricsListen {
            channels.append(try await listen(on: address, server))
        }
        statusIsUp.continuation.finish()
        await gracefulShutdownReached()
        for channel in channels { try? await channel.close() }
    }

    private func listen(on address: TCPAddress, _ server: StatusServer) async throws -> any Channel {
        do {
            return try await MetricsListener(address: address, status: server)
                .server(maxConnections: descriptors.maxStatusConnections, acceptFailed: shortages.acceptFailed)
                .start(host: address.host, port: address.port, group: group)
        } catch {
            throw SettingsError(
                "metrics-listen: cannot listen on \(address) (\(error)); choose another address, or stop the program that uses it"
            )
        }
    }

    private func runEvents(_ started: @escaping @Sendable () -> Void) async throws {
        for await _ in statusIsUp.stream {}
        if Task.isCancelled { return }
        let socket = EventSocket(
            receiver: intake, maxLineLength: settings.maxLine, maxWriters: descriptors.maxWriters,
            observer: shortages)
        let descriptor = eventSocket.descriptor
        let group = self.group
        try await withGracefulShutdownHandler {
            try await cancelWhenGracefulShutdown {
                do {
                    try await socket.serve(descriptor, on: group) {
                        self.eventSocket.raiseBacklog()
                        self.logReady()
                        started()
                    }
                } catch is CancellationError {}
            }
        } onGracefulShutdown: {
            Task { await self.intake.stop() }
        }
    }

    private func logReady() {
        logger.notice(
            "Ready",
            metadata: [
                "version": "\(RelayVersion.current)", "socket": "\(settings.socket)",
                "status_socket": "\(settings.statusSocket)", "sessions": "\(settings.sessions)",
            ])
    }

    private func removeSockets() {
        eventSocket.remove()
        statusSocket.remove()
        lock.release()
    }
}
