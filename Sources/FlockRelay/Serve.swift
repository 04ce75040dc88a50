import ArgumentParser
import CMalloc
import Daemon
import Foundation
import Glibc
import Logging
import NIOPosix
import Settings
import Telemetry
import TraceExport
import UnixSignals
import UnixSocket

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Run the relay.")

    @OptionGroup var options: SettingsOptions

    func run() async throws {
        let settings = try options.load()
        let threshold = LogThreshold(settings.logLevel)
        let log = LogBuffer()
        let logger = Logger(label: "flock-relay") { _ in
            LineLogHandler(format: settings.logFormat, threshold: threshold, buffer: log)
        }
        prepareProcess()
        let environment = ProcessInfo.processInfo.environment
        warn(aboutVariablesIn: environment, logger)
        for warning in settings.traceExport.warnings {
            logger.warning("A variable of OpenTelemetry has no effect", metadata: ["reason": "\(warning)"])
        }
        defer { log.flush(within: .seconds(1)) }
        var keyLog = SigningKeyLog(logger: logger)
        keyLog.log(settings.signingKey)
        let stop = StopControl(drainTimeout: settings.drainTimeout, logger: logger, log: log)
        do {
            try DefaultPaths(environment: environment).createDirectory(for: settings.socket)
            // Before the event loops, which take descriptors.
            let descriptors = try DescriptorBudget(settings, limit: DescriptorLimit.raise())
            let daemon = try await RelayDaemon(
                settings, descriptors: descriptors,
                inherited: try InheritedSockets(environment: environment, names: RelayDaemon.socketNames),
                manager: ServiceManager(environment: environment), logger: logger, log: log,
                group: .singletonMultiThreadedEventLoopGroup)
            stop.control(daemon)
            try await withThrowingTaskGroup { [keyLog] tasks in
                tasks.addTask { try await reload(daemon, settings, threshold, logger, keyLog) }
                try await daemon.run(
                    started: {}, stopped: { await stop.signalled() },
                    lost: { stop.exit(inTimeWith: Failure.alreadyRunning.rawValue) })
                tasks.cancelAll()
            }
        } catch let error as SocketError {
            if case .alreadyRunning = error { throw Failure.exit(Failure.alreadyRunning, error.description) }
            throw Failure.exit(Failure.badConfiguration, error.description)
        } catch let error as StateLost {
            throw Failure.exit(Failure.alreadyRunning, error.description)
        } catch let error as SettingsError {
            throw Failure.exit(Failure.badConfiguration, error.description)
        }
    }

    private func prepareProcess() {
        // A closed log pipe must not end the relay.
        signal(SIGPIPE, SIG_IGN)
        // With the signal ignored, a write beyond the limit of the file size fails with an error, as on a full disk.
        signal(SIGXFSZ, SIG_IGN)
        // As process 1 of a container the relay inherits orphans. With SIGCHLD ignored, the kernel reaps them; `waitpid`
        // reaps those that ended before.
        if getpid() == 1 {
            signal(SIGCHLD, SIG_IGN)
            while waitpid(-1, nil, WNOHANG) > 0 {}
        }
        // Each glibc arena keeps free memory that other arenas cannot use.
        mallopt(M_ARENA_MAX, 2)
        // A core file would hold secrets and payloads.
        var noCore = rlimit(rlim_cur: 0, rlim_max: 0)
        unsafe setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &noCore)
        // Name look-ups time out early, because a name that hangs is looked up again soon.
        unsafe setenv("RES_OPTIONS", "timeout:1 attempts:2", 0)
    }

    private func warn(aboutVariablesIn environment: [String: String], _ logger: Logger) {
        for variable in UnknownVariable.all(in: environment) {
            logger.warning(
                "A variable of the environment names no setting and has no effect",
                metadata: ["variable": "\(variable.name)", "closest": "\(variable.closest)"])
        }
    }

    /// Reloads the configuration at SIGHUP, and applies the reloadable settings.
    private func reload(
        _ daemon: RelayDaemon, _ initial: RelaySettings, _ threshold: LogThreshold, _ logger: Logger,
        _ keyLog: SigningKeyLog
    ) async throws {
        var keyLog = keyLog
        for await _ in await UnixSignalsSequence(trapping: .sighup) {
            do {
                let settings = try SettingsReader(try options.sources()).read()
                threshold.level = settings.logLevel
                await daemon.adopt(settings)
                keyLog.log(settings.signingKey)
                let ignored = settings.needingRestart(comparedTo: initial).map(\.name)
                logger.notice(
                    "Configuration reloaded",
                    metadata: ignored.isEmpty ? [:] : ["needing_restart": "\(ignored.joined(separator: ","))"])
            } catch {
                logger.error(
                    "Cannot reload the configuration; keeping the current one", metadata: ["error": "\(error)"])
            }
        }
    }
}
