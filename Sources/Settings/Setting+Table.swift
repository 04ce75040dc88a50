internal import Domain
internal import Foundation
internal import TraceExport

extension Setting {
    /// Every setting, in the order of `check-config`. A computed default may use the settings before it.
    package static let table: [Setting] = [
        Setting(
            "socket", \.socket, .path("a path"),
            default: .computed(words: "$RUNTIME_DIRECTORY/events.sock or a path of this user") { paths, _ in
                paths.eventSocket
            }, "Path of the event socket."),
        Setting(
            "status-socket", \.statusSocket, .path("a path"),
            default: .computed(words: "status.sock beside the event socket") { $0.statusSocket(beside: $1.socket) },
            "Path of the status socket."),
        Setting("socket-mode", \.socketMode, .mode, default: .text("0660"), "Permissions of both sockets, octal."),
        Setting(
            "state-dir", \.stateDirectory, .path("a directory"),
            default: .computed(words: "$STATE_DIRECTORY or a directory of this user") { paths, _ in
                paths.stateDirectory
            }, "Directory of the outbox and its lock."),
        Setting("ephemeral", \.isEphemeral, .flag, default: .text("false"), "Keep the outbox in memory only."),
        Setting(
            "secret-file", \.secretFile, SecretFile.form.orNone(),
            default: .computed(words: "$CREDENTIALS_DIRECTORY/webhook-secret if it exists") { paths, _ in
                paths.credential("webhook-secret") ?? ""
            }, reloadable: true,
            "File with the signing secrets for registrations without one, one a line, the current one first; it must not be readable by others."
        ),
        Setting(
            "signing-key-file", \.signingKeyFile, SigningKeyFile.form.orNone(),
            default: .computed(words: "$CREDENTIALS_DIRECTORY/signing-key if it exists") { paths, _ in
                paths.credential("signing-key") ?? ""
            }, reloadable: true,
            "File with the Ed25519 private key (PKCS #8 in PEM, or whsk_…) that signs every request; it must not be "
                + "readable by others."),
        Setting(
            "keep-failed", \.keepFailed, .duration, default: .text("0s"),
            "How long the body of a failed delivery is kept, so that it can be redelivered; 0s: not at all."),
        Setting("format", \.format, .choice, default: .text("flat"), "Body format: flat or flock."),
        Setting(
            "retry.max-retries", \.retry.maxRetries, .number(0...100), default: .text("3"), reloadable: true,
            "Retries after the first attempt, 0 to 100."),
        Setting(
            "retry.base-delay", \.retry.baseDelay, .duration, default: .text("1s"), reloadable: true,
            "Delay after the first failed attempt."),
        Setting(
            "retry.multiplier", \.retry.multiplier, .fraction(1...100), default: .text("2"), reloadable: true,
            "Factor by which the delay grows with each retry, 1 to 100."),
        Setting(
            "retry.max-delay", \.retry.maxDelay, .duration, default: .text("60s"), reloadable: true,
            "Maximum delay, without jitter."),
        Setting(
            "retry.jitter", \.retry.jitter, .fraction(0...1), default: .text("0.1"), reloadable: true,
            "Maximum fraction of a delay that is added to it at random, 0 to 1."),
        Setting(
            "retry.final-statuses", \.retry.sortedFinalStatuses,
            SettingForm<Int>.list(
                "HTTP statuses from 300 to 599, e.g. 410",
                { Int($0).flatMap { (300...599).contains($0) ? $0 : nil } }, show: { "\($0)" }),
            default: .text(""), reloadable: true, "Statuses from 300 to 599 that are not retried, e.g. 410."),
        Setting(
            "timeout", \.timeout, .positiveDuration, default: .text("10s"),
            "Maximum duration of an attempt, until the final response headers."),
        Setting(
            "visibility", \.visibility, .choice, default: .text("all"), "Artifacts to deliver: all or public."),
        Setting(
            "ordering", \.ordering, .choice, default: .text("parallel"),
            "Delivery order: parallel, or ordered (one delivery of a workflow at a time)."),
        Setting(
            "concurrency.total", \.concurrencyTotal, .number(1...4_096), default: .text("512"),
            "Maximum number of attempts in flight, 1 to 4096."),
        Setting(
            "concurrency.per-origin", \.concurrencyPerOrigin, .number(1...256), default: .text("8"),
            "Maximum number of attempts in flight to one origin, 1 to 256."),
        Setting(
            "sessions", \.sessions, .sessions(cores: ProcessInfo.processInfo.activeProcessorCount),
            default: .text("0"), "URLSessions in the pool: 1 to 16, or 0 for one per core, at most 4."),
        Setting(
            "ca-file", \.caFile, SettingForm<String>.path("the path of a PEM bundle of certificates").orNone(),
            default: .text(""), "PEM bundle of certificate authorities to trust in addition to the system's."),
        Setting(
            "proxy", \.proxy, .proxy, default: .text(""),
            "HTTP proxy (http://host:port) to send requests through."),
        Setting(
            "allow-network", \.allowNetwork,
            SettingForm<IPBlock>.list(
                "networks in CIDR notation, e.g. 10.0.0.0/8 or fd00::/8", { IPBlock($0) }, show: \.description),
            default: .text(""), reloadable: true,
            "Networks (CIDR) to deliver to although they are not public."),
        Setting(
            "max-line", \.maxLine, .size("with B, KiB, MiB or GiB, from 1KiB to 64MiB", 1_024...1 << 26),
            default: .text("8MiB"), "Maximum length of an event line, 1KiB to 64MiB."),
        Setting(
            "registration-ttl", \.registrationTTL, .positiveDuration, default: .text("24h"),
            "Idle time after which a registration ends."),
        Setting(
            "unmatched-grace", \.unmatchedGrace, .duration, default: .text("2s"),
            "How long an artifact without a registration waits for one."),
        Setting(
            "history.max-age", \.historyMaxAge, .duration, default: .text("24h"),
            "How long finished deliveries stay in the history."),
        Setting(
            "history.max-deliveries", \.historyMaxDeliveries, .number(0...10_000_000), default: .text("100000"),
            "Maximum number of finished deliveries in the history, 0 to 10000000."),
        Setting(
            "outbox-max", \.outboxMax, .size("above 0 with B, KiB, MiB or GiB, e.g. 4GiB", 1...Int.max),
            default: .text("4GiB"), "Maximum bytes of pending bodies; one origin may hold a quarter of it."),
        Setting(
            "drain-timeout", \.drainTimeout, .duration, default: .text("20s"),
            "How long attempts in flight may run after SIGTERM."),
        Setting(
            "log-level", \.logLevel, .choice, default: .text("info"), reloadable: true,
            "Lowest level to log: trace, debug, info, notice, warning, error or critical."),
        Setting(
            "log-format", \.logFormat, .choice,
            default: .computed(words: "text on a terminal, else json") { _, _ in
                isatty(STDERR_FILENO) == 1 ? "text" : "json"
            }, "Format of log lines: text or json."),
        Setting(
            "metrics-listen", \.metricsListen,
            SettingForm<TCPAddress>(
                words: "host:port, e.g. 127.0.0.1:9464 or [::1]:9464", parse: { TCPAddress($0) }, show: \.description
            ).orNone(), default: .text(""), "host:port on which to serve the status routes over TCP."),
        Setting(
            "otlp-endpoint", \.otlpEndpoint,
            SettingForm<WebhookURL>(words: OTLPEndpoint.form, parse: { OTLPEndpoint.base($0) }, show: \.text).orNone(),
            default: .computed(words: "$OTEL_EXPORTER_OTLP_ENDPOINT") { paths, _ in paths.otlpEndpoint },
            "Base URL of the OTLP/HTTP endpoint to which spans are exported."),
    ]

    /// The setting with this name.
    package static func named(_ name: String) -> Setting? { table.first { $0.name == name } }
}

extension SettingForm<Origin?> {
    /// An HTTP proxy.
    fileprivate static var proxy: Self {
        SettingForm<Origin>(
            words: "http://host:port, without user and password", parse: { SettingText.proxy($0) }, show: \.description
        ).orNone()
    }
}

extension RetryPolicy {
    fileprivate var sortedFinalStatuses: [Int] {
        get { finalStatuses.sorted() }
        set { finalStatuses = Set(newValue) }
    }
}
