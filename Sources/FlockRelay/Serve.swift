import ArgumentParser
import CMalloc
import Daemon
import Glibc
import Logging
import NIOPosix
import Settings
import Telemetry
import UnixSignals
import UnixSocket

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Run the relay.")

    @OptionGroup var options: SettingsOptions

    func run() async throws {
        let settings = try options.load()
        let threshold = LogThreshold(settings.logLevel)
        let logger = Logger(label: "flock-relay") { _ in
            LineLogHandler(format: settings.logFormat, threshold: threshold)
        }
        // A closed log pipe must not end the relay.
        signal(SIGPIPE, SIG_IGN)
        // Each glibc arena keeps free memory that other arenas cannot use.
        mallopt(M_ARENA_MAX, 2)
        // A core file would hold secrets and payloads.
        var noCore = rlimit(rlim_cur: 0, rlim_max: 0)
        unsafe setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &noCore)
        // Name look-ups time out early, because a name that hangs is looked up again soon.
        unsafe setenv("RES_OPTIONS", "timeout:1 attempts:2", 0)
        do {
            // Before the event loops, which take descriptors.
            let descriptors = try DescriptorBudget(settings, limit: DescriptorLimit.raise())
            let daemon = try await RelayDaemon(
                settings, descriptors: descriptors, logger: logger, group: .singletonMultiThreadedEventLoopGroup)
            try await withThrowingTaskGroup { tasks in
                tasks.addTask { try await reload(daemon, settings, threshold, logger) }
                try await daemon.run(started: {}, stopped: { await Self.stopSignal(logger) })
                tasks.cancelAll()
            }
        } catch let error as SocketError {
            if case .alreadyRunning = error { throw Failure.exit(Failure.alreadyRunning, error.description) }
            throw Failure.exit(Failure.badConfiguration, error.description)
        } catch let error as SettingsError {
            throw Failure.exit(Failure.badConfiguration, error.description)
        }
    }

    /// Returns at the first stop signal; the second one ends the process at once.
    private static func stopSignal(_ logger: Logger) async {
        let first = AsyncStream<Void>.makeStream()
        Task {
            var count = 0
            for await _ in await UnixSignalsSequence(trapping: .sigterm, .sigint) {
                count += 1
                if count > 1 { Glibc._exit(1) }
                logger.notice("Stopping; a second signal ends at once")
                first.continuation.finish()
            }
        }
        for await _ in first.stream {}
    }

    /// Reloads the configuration at SIGHUP, and applies the reloadable settings.
    private func reload(
        _ daemon: RelayDaemon, _ initial: RelaySettings, _ threshold: LogThreshold, _ logger: Logger
    ) async throws {
        for await _ in await UnixSignalsSequence(trapping: .sighup) {
            do {
                let settings = try SettingsReader(try options.sources()).read()
                threshold.level = settings.logLevel
                await daemon.adopt(settings)
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
