/// One key of the configuration: its name in files, what it accepts, and its default.
///
/// `key` is written `FLOCK_RELAY_KEY` in the environment and `--key` on the command line, with `.` and `-` as `_`
/// in the former and `.` as `-` in the latter.
package struct SettingKey: Hashable, Sendable {
    package enum Default: Hashable, Sendable {
        /// The empty text stands for "none" or "worked out at the start".
        case text(String)
        case number(Int)
        case fraction(Double)
        case flag(Bool)
        case list([String])
    }

    package let name: String
    /// The accepted form, in words.
    package let form: String
    package let defaultValue: Default

    package var environmentName: String {
        "FLOCK_RELAY_" + name.uppercased().map { $0 == "." || $0 == "-" ? "_" : String($0) }.joined()
    }

    private init(_ name: String, _ defaultValue: Default, _ form: String) {
        self.name = name
        self.form = form
        self.defaultValue = defaultValue
    }

    private static let duration = "a number with ms, s, m or h, e.g. 10s, up to 876600h"
    private static let positiveDuration = "a number above 0 with ms, s, m or h, e.g. 10s, up to 876600h"

    package static let socket = SettingKey("socket", .text(""), "a path")
    package static let statusSocket = SettingKey("status-socket", .text(""), "a path")
    package static let socketMode = SettingKey("socket-mode", .text("0660"), "an octal mode, e.g. 0660")
    package static let stateDirectory = SettingKey("state-dir", .text(""), "a directory")
    package static let ephemeral = SettingKey("ephemeral", .flag(false), "true or false")
    package static let secretFile = SettingKey("secret-file", .text(""), "the path of a file not readable by others")
    package static let format = SettingKey("format", .text("flat"), "flat or flock")
    package static let maxRetries = SettingKey("retry.max-retries", .number(3), "a number from 0 to 100")
    package static let baseDelay = SettingKey("retry.base-delay", .text("1s"), duration)
    package static let multiplier = SettingKey("retry.multiplier", .fraction(2), "a number from 1 to 100")
    package static let maxDelay = SettingKey("retry.max-delay", .text("60s"), duration)
    package static let jitter = SettingKey("retry.jitter", .fraction(0.1), "a number from 0 to 1")
    package static let finalStatuses = SettingKey(
        "retry.final-statuses", .list([]), "HTTP statuses from 300 to 599, e.g. 410")
    package static let timeout = SettingKey("timeout", .text("10s"), positiveDuration)
    package static let visibility = SettingKey("visibility", .text("all"), "all or public")
    package static let ordering = SettingKey("ordering", .text("parallel"), "parallel or ordered")
    package static let concurrencyTotal = SettingKey("concurrency.total", .number(512), "a number from 1 to 4096")
    package static let concurrencyPerOrigin = SettingKey("concurrency.per-origin", .number(8), "a number from 1 to 256")
    package static let sessions = SettingKey(
        "sessions", .number(0), "a number from 1 to 16, or 0 for one for each core, 4 at most")
    package static let caFile = SettingKey("ca-file", .text(""), "the path of a PEM bundle of certificates")
    package static let proxy = SettingKey(
        "proxy", .text(""), "http://host:port, without user and password")
    package static let allowNetwork = SettingKey(
        "allow-network", .list([]), "networks in CIDR notation, e.g. 10.0.0.0/8 or fd00::/8")
    package static let maxLine = SettingKey(
        "max-line", .text("8MiB"), "a number with B, KiB, MiB or GiB, from 1KiB to 64MiB")
    package static let registrationTTL = SettingKey("registration-ttl", .text("24h"), positiveDuration)
    package static let unmatchedGrace = SettingKey("unmatched-grace", .text("2s"), duration)
    package static let historyMaxAge = SettingKey("history.max-age", .text("24h"), duration)
    package static let historyMaxDeliveries = SettingKey(
        "history.max-deliveries", .number(100_000), "a number from 0 to 10000000")
    package static let outboxMax = SettingKey(
        "outbox-max", .text("4GiB"), "a number above 0 with B, KiB, MiB or GiB, e.g. 4GiB")
    package static let drainTimeout = SettingKey("drain-timeout", .text("20s"), duration)
    package static let logLevel = SettingKey(
        "log-level", .text("info"), "trace, debug, info, notice, warning, error or critical")
    package static let logFormat = SettingKey("log-format", .text(""), "text or json")
    package static let metricsListen = SettingKey("metrics-listen", .text(""), "host:port, e.g. 127.0.0.1:9464")

    /// Every key, in the order of `check-config`.
    package static let all = [
        socket, statusSocket, socketMode, stateDirectory, ephemeral, secretFile, format, maxRetries, baseDelay,
        multiplier, maxDelay, jitter, finalStatuses, timeout, visibility, ordering, concurrencyTotal,
        concurrencyPerOrigin, sessions, caFile, proxy, allowNetwork, maxLine, registrationTTL, unmatchedGrace,
        historyMaxAge,
        historyMaxDeliveries, outboxMax, drainTimeout, logLevel, logFormat, metricsListen,
    ]

    /// What SIGHUP reads anew.
    package static let reloadable: Set<SettingKey> = [
        secretFile, maxRetries, baseDelay, multiplier, maxDelay, jitter, finalStatuses, allowNetwork, logLevel,
    ]
}
