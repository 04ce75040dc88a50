internal import Delivery
internal import Events
internal import Logging
internal import Telemetry

extension Settings {
    /// Every key with its value in force, in the form that the configuration takes; secrets are not shown.
    package var effective: [(key: SettingKey, value: String)] {
        [
            (.socket, socket), (.statusSocket, statusSocket), (.socketMode, "0" + String(socketMode, radix: 8)),
            (.stateDirectory, stateDirectory), (.ephemeral, "\(isEphemeral)"),
            (.secretFile, secret == nil ? "none" : "<redacted>"), (.format, format.rawValue),
            (.maxRetries, "\(retry.maxRetries)"), (.baseDelay, Self.text(retry.baseDelay)),
            (.multiplier, "\(retry.multiplier)"), (.maxDelay, Self.text(retry.maxDelay)),
            (.jitter, "\(retry.jitter)"),
            (.finalStatuses, Self.text(retry.finalStatuses.sorted().map { "\($0)" })),
            (.timeout, Self.text(timeout)), (.visibility, visibility.rawValue), (.ordering, ordering.rawValue),
            (.concurrencyTotal, "\(concurrencyTotal)"), (.concurrencyPerOrigin, "\(concurrencyPerOrigin)"),
            (.sessions, "\(sessions)"), (.caFile, caFile ?? "none"),
            (.proxy, proxy?.description ?? "none"), (.allowNetwork, Self.text(allowNetwork.map(\.description))),
            (.maxLine, "\(maxLine)B"), (.registrationTTL, Self.text(registrationTTL)),
            (.unmatchedGrace, Self.text(unmatchedGrace)), (.historyMaxAge, Self.text(historyMaxAge)),
            (.historyMaxDeliveries, "\(historyMaxDeliveries)"), (.outboxMax, "\(outboxMax)B"),
            (.drainTimeout, Self.text(drainTimeout)),
            (.logLevel, logLevel.rawValue), (.logFormat, logFormat.rawValue),
            (.metricsListen, metricsListen?.description ?? "none"),
        ]
    }

    /// The keys whose values differ, but that only a restart applies.
    package func needingRestart(comparedTo other: Settings) -> [SettingKey] {
        zip(effective, other.effective).filter { $0.value != $1.value }.map(\.0.key)
            .filter { !SettingKey.reloadable.contains($0) }
    }

    private static func text(_ duration: Duration) -> String {
        duration.milliseconds % 1_000 == 0 ? "\(duration.milliseconds / 1_000)s" : "\(duration.milliseconds)ms"
    }

    private static func text(_ list: [String]) -> String { list.isEmpty ? "none" : list.joined(separator: ",") }
}
