internal import Domain
internal import Foundation
internal import Logging

extension Setting {
    /// Every setting, in the order in which `check-config` shows them. A computed default may use those before it.
    package static let table: [Setting] = [
        Setting(
            "socket", \.socket, .path("a path"),
            default: .computed(words: "$RUNTIME_DIRECTORY/events.sock or a place of this user's") { paths, _ in
                try paths.eventSocket()
            }, "The event socket."),
        Setting(
            "status-socket", \.statusSocket, .path("a path"),
            default: .computed(words: "status.sock beside the event socket") { $0.statusSocket(beside: $1.socket) },
            "The status socket."),
        Setting("socket-mode", \.socketMode, .mode, default: .text("0660"), "Permissions of both sockets, octal."),
        Setting(
            "state-dir", \.stateDirectory, .path("a directory"),
            default: .computed(words: "$STATE_DIRECTORY or a place of this user's") { paths, _ in
                paths.stateDirectory
            }, "Holds the outbox and a lock."),
        Setting("ephemeral", \.isEphemeral, .flag, default: .text("false"), "Keep the outbox in memory only."),
        Setting(
            "secret-file", \.secretFile, SecretFile.form.orNone(),
            default: .computed(words: "$CREDENTIALS_DIRECTORY/webhook-secret if there") { paths, _ in
                paths.credential("webhook-secret") ?? ""
            }, reloadable: true,
            "Signing secret of registrations that bring none; the file must not be readable by others."),
        Setting("format", \.format, .choice, default: .text("flat"), "Body format: flat or flock."),
        Setting(
            "retry.max-retries", \.retry.maxRetries, .number(0...100), default: .text("3"), reloadable: true,
            "Attempts after the first one, 0 to 100."),
        Setting(
            "retry.base-delay", \.retry.baseDelay, .duration, default: .text("1s"), reloadable: true,
            "Wait after the first failed attempt."),
        Setting(
            "retry.multiplier", \.retry.multiplier, .fraction(1...100), default: .text("2"), reloadable: true,
            "How many times the one before each further wait is, 1 to 100."),
        Setting(
            "retry.max-delay", \.retry.maxDelay, .duration, default: .text("60s"), reloadable: true,
            "Longest wait, without jitter."),
        Setting(
            "retry.jitter", \.retry.jitter, .fraction(0...1), default: .text("0.1"), reloadable: true,
            "Largest fraction that is added to a wait at random, 0 to 1."),
        Setting(
            "retry.final-statuses", \.retry.sortedFinalStatuses,
            SettingForm<Int>.list(
                "HTTP statuses from 300 to 599, e.g. 410",
                { Int($0).flatMap { (300...599).contains($0) ? $0 : nil } }, show: { "\($0)" }),
            default: .text(""), reloadable: true, "Statuses from 300 to 599 that end a delivery at once, e.g. 410."),
        Setting(
            "timeout", \.timeout, .positiveDuration, default: .text("10s"),
            "Longest attempt, until the final response headers."),
        Setting(
            "visibility", \.visibility, .choice, default: .text("all"), "Which artifacts are delivered: all or public."),
        Setting(
            "ordering", \.ordering, .choice, default: .text("parallel"),
            "parallel, or ordered: one delivery of a workflow at a time."),
        Setting(
            "concurrency.total", \.concurrencyTotal, .number(1...4_096), default: .text("512"),
            "Attempts in flight, 1 to 4096."),
        Setting(
            "concurrency.per-origin", \.concurrencyPerOrigin, .number(1...256), default: .text("8"),
            "Attempts in flight to one origin, 1 to 256."),
        Setting(
            "sessions", \.sessions, .sessions(cores: ProcessInfo.processInfo.activeProcessorCount),
            default: .text("0"), "URLSessions in the pool, 1 to 16, or 0 for one for each core, 4 at most."),
        Setting(
            "ca-file", \.caFile, SettingForm<String>.path("the path of a PEM bundle of certificates").orNone(),
            default: .text(""), "A PEM bundle of certificate authorities to trust beside the system's."),
        Setting(
            "proxy", \.proxy, .proxy, default: .text(""),
            "An HTTP proxy (http://host:port) that requests leave through."),
        Setting(
            "allow-network", \.allowNetwork,
            SettingForm<IPBlock>.list(
                "networks in CIDR notation, e.g. 10.0.0.0/8 or fd00::/8", { IPBlock($0) }, show: \.description),
            default: .text(""), reloadable: true,
            "Networks (CIDR) that webhooks may reach although they are not public."),
        Setting(
            "max-line", \.maxLine, .size("with B, KiB, MiB or GiB, from 1KiB to 64MiB", 1_024...1 << 26),
            default: .text("8MiB"), "Longest event line, 1KiB to 64MiB."),
        Setting(
            "registration-ttl", \.registrationTTL, .positiveDuration, default: .text("24h"),
            "Idle time after which a registration ends."),
        Setting(
            "unmatched-grace", \.unmatchedGrace, .duration, default: .text("2s"),
            "How long an artifact without registration is kept for a late one."),
        Setting(
            "history.max-age", \.historyMaxAge, .duration, default: .text("24h"),
            "How long finished deliveries stay visible."),
        Setting(
            "history.max-deliveries", \.historyMaxDeliveries, .number(0...10_000_000), default: .text("100000"),
            "How many finished deliveries stay visible, at most 10000000."),
        Setting(
            "outbox-max", \.outboxMax, .size("above 0 with B, KiB, MiB or GiB, e.g. 4GiB", 1...Int.max),
            default: .text("4GiB"), "Bytes of pending bodies; one origin may hold a quarter of them."),
        Setting(
            "drain-timeout", \.drainTimeout, .duration, default: .text("20s"),
            "At SIGTERM, how long attempts in flight may take."),
        Setting(
            "log-level", \.logLevel, .choice, default: .text("info"), reloadable: true,
            "Least level that is logged: trace, debug, info, notice, warning, error or critical."),
        Setting(
            "log-format", \.logFormat, .choice,
            default: .computed(words: "text on a terminal, else json") { _, _ in
                isatty(STDERR_FILENO) == 1 ? "text" : "json"
            }, "text or json."),
        Setting(
            "metrics-listen", \.metricsListen,
            SettingForm<TCPAddress>(
                words: "host:port, e.g. 127.0.0.1:9464", parse: { TCPAddress($0) }, show: \.description
            ).orNone(), default: .text(""), "host:port for the status routes on TCP."),
    ]

    /// The row of a name.
    package static func named(_ name: String) -> Setting? { table.first { $0.name == name } }
}

extension SettingForm<Origin?> {
    /// An HTTP proxy. Text with an `@` is not shown in errors, because it may hold a password.
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
