import ArgumentParser
import Daemon
import Foundation

/// The settings as options of a command.
struct SettingsOptions: ParsableArguments {
    @Option(help: "A JSON file with settings; keys with a dot are nested.")
    var config: String?

    @Option(help: "The event socket. [$RUNTIME_DIRECTORY/events.sock or a place of this user's]")
    var socket: String?
    @Option(help: "The status socket. [status.sock beside the event socket]")
    var statusSocket: String?
    @Option(help: "Permissions of both sockets, octal. [0660]")
    var socketMode: String?
    @Option(help: "Holds the outbox. [$STATE_DIRECTORY or a place of this user's]")
    var stateDir: String?
    @Flag(help: "Keep the outbox in memory only.")
    var ephemeral = false
    @Option(help: "Signing secret of registrations that bring none; the file must not be readable by others. [none]")
    var secretFile: String?
    @Option(help: "Body format: flat or flock. [flat]")
    var format: String?
    @Option(help: "Attempts after the first one, 0 to 100. [3]")
    var retryMaxRetries: String?
    @Option(help: "Wait after the first failed attempt. [1s]")
    var retryBaseDelay: String?
    @Option(help: "Each further wait is so many times the one before, 1 to 100. [2]")
    var retryMultiplier: String?
    @Option(help: "Longest wait, before chance adds to it. [60s]")
    var retryMaxDelay: String?
    @Option(help: "Fraction that chance adds to a wait at most, 0 to 1. [0.1]")
    var retryJitter: String?
    @Option(help: "A status from 300 to 599 that ends a delivery at once, e.g. 410; repeat it for more. [none]")
    var retryFinalStatuses: [String] = []
    @Option(help: "One attempt, until the final response headers. [10s]")
    var timeout: String?
    @Option(help: "Which artifacts are delivered: all or public. [all]")
    var visibility: String?
    @Option(help: "parallel, or ordered: one delivery of a workflow at a time. [parallel]")
    var ordering: String?
    @Option(help: "Attempts in flight, 1 to 4096. [512]")
    var concurrencyTotal: String?
    @Option(help: "Attempts in flight to one origin, 1 to 256. [8]")
    var concurrencyPerOrigin: String?
    @Option(help: "URLSessions in the pool, 1 to 16. [number of cores, at most 4]")
    var sessions: String?
    @Option(help: "A PEM bundle of certificate authorities to trust beside the system's. [none]")
    var caFile: String?
    @Option(help: "An HTTP proxy (http://host:port) that requests leave through. [none]")
    var proxy: String?
    @Option(help: "A network (CIDR) that webhooks may reach although it is not public; repeat it for more. [none]")
    var allowNetwork: [String] = []
    @Option(help: "Longest event line, 1KiB to 64MiB. [8MiB]")
    var maxLine: String?
    @Option(help: "Idle time after which a registration ends. [24h]")
    var registrationTtl: String?
    @Option(help: "How long an artifact without registration is kept for a late one. [2s]")
    var unmatchedGrace: String?
    @Option(help: "How long finished deliveries stay visible. [24h]")
    var historyMaxAge: String?
    @Option(help: "How many finished deliveries stay visible, at most 10000000. [100000]")
    var historyMaxDeliveries: String?
    @Option(help: "Bytes of pending bodies; one origin may hold a quarter of it. [4GiB]")
    var outboxMax: String?
    @Option(help: "At SIGTERM, how long attempts in flight may take. [20s]")
    var drainTimeout: String?
    @Option(help: "Least level that is logged: trace, debug, info, notice, warning, error or critical. [info]")
    var logLevel: String?
    @Option(help: "text or json. [text on a terminal, else json]")
    var logFormat: String?
    @Option(help: "host:port for the status routes on TCP. [none]")
    var metricsListen: String?

    /// What was given, by key.
    private var given: [SettingKey: String] {
        let texts: [SettingKey: String?] = [
            .socket: socket, .statusSocket: statusSocket, .socketMode: socketMode, .stateDirectory: stateDir,
            .ephemeral: ephemeral ? "true" : nil, .secretFile: secretFile, .format: format,
            .maxRetries: retryMaxRetries, .baseDelay: retryBaseDelay, .multiplier: retryMultiplier,
            .maxDelay: retryMaxDelay, .jitter: retryJitter, .finalStatuses: joined(retryFinalStatuses),
            .timeout: timeout, .visibility: visibility, .ordering: ordering, .concurrencyTotal: concurrencyTotal,
            .concurrencyPerOrigin: concurrencyPerOrigin, .sessions: sessions,
            .caFile: caFile, .proxy: proxy, .allowNetwork: joined(allowNetwork),
            .maxLine: maxLine, .registrationTTL: registrationTtl, .unmatchedGrace: unmatchedGrace,
            .historyMaxAge: historyMaxAge, .historyMaxDeliveries: historyMaxDeliveries,
            .outboxMax: outboxMax, .drainTimeout: drainTimeout, .logLevel: logLevel, .logFormat: logFormat,
            .metricsListen: metricsListen,
        ]
        return texts.compactMapValues { $0 }
    }

    private func joined(_ list: [String]) -> String? { list.isEmpty ? nil : list.joined(separator: ",") }

    /// Everything that can be said about the settings, from all sources.
    func sources() async throws -> SettingsSources {
        try await SettingsSources(
            commandLine: given, environment: ProcessInfo.processInfo.environment, configFile: config)
    }

    /// - Throws: exit code 78, after saying which setting is wrong.
    func load() async throws -> Settings {
        do {
            return try SettingsReader(try await sources()).read()
        } catch let error as SettingsError {
            throw Failure.exit(Failure.badConfiguration, error.description)
        }
    }
}
