package import Domain
package import Logging
package import Telemetry
package import TraceExport
package import Webhook

/// The whole configuration, read and validated. ``Setting/table`` describes each value.
package struct RelaySettings: Sendable {
    package internal(set) var socket = ""
    package internal(set) var statusSocket = ""
    package internal(set) var socketMode: UInt32 = 0
    package internal(set) var stateDirectory = ""
    package internal(set) var isEphemeral = false
    var secretFile: SecretFile?
    var signingKeyFile: SigningKeyFile?
    /// Zero: bodies of failed deliveries are not kept.
    package internal(set) var keepFailed = Duration.zero
    package internal(set) var format = BodyFormat.flat
    package internal(set) var retry = RetryPolicy()
    package internal(set) var timeout = Duration.zero
    package internal(set) var visibility = VisibilityPolicy.all
    package internal(set) var ordering = DeliveryOrder.parallel
    package internal(set) var concurrencyTotal = 0
    package internal(set) var concurrencyPerOrigin = 0
    package internal(set) var sessions = 0
    /// A PEM bundle of certificate authorities to trust in addition to the system's.
    package internal(set) var caFile: String?
    /// The HTTP proxy to send requests through.
    package internal(set) var proxy: Origin?
    package internal(set) var allowNetwork: [IPBlock] = []
    /// Bytes.
    package internal(set) var maxLine = 0
    package internal(set) var registrationTTL = Duration.zero
    package internal(set) var unmatchedGrace = Duration.zero
    package internal(set) var historyMaxAge = Duration.zero
    package internal(set) var historyMaxDeliveries = 0
    /// Bytes of pending bodies.
    package internal(set) var outboxMax = 0
    package internal(set) var drainTimeout = Duration.zero
    package internal(set) var logLevel = Logger.Level.info
    package internal(set) var logFormat = LogFormat.text
    package internal(set) var metricsListen: TCPAddress?
    /// The base URL of the OTLP/HTTP endpoint.
    var otlpEndpoint: WebhookURL?
    /// How spans are exported: ``otlpEndpoint``, and what the environment says in the variables of OpenTelemetry.
    package internal(set) var traceExport = TraceExportSettings()

    /// Placeholder values; ``SettingsReader`` sets every one of them.
    init() {}

    /// The signing secrets for registrations without one, the current one first.
    package var secrets: [WebhookSecret] { secretFile?.secrets ?? [] }

    /// The private key that signs every request.
    package var signingKey: Ed25519PrivateKey? { signingKeyFile?.key }

    /// These settings, with the reloadable ones taken from `newer`.
    package func adopting(_ newer: RelaySettings) -> RelaySettings {
        var settings = self
        for setting in Setting.table where setting.isReloadable { setting.copy(newer, &settings) }
        return settings
    }

    /// The settings that differ and that only a restart applies.
    package func needingRestart(comparedTo other: RelaySettings) -> [Setting] {
        Setting.table.filter { !$0.isReloadable && $0.show(self) != $0.show(other) }
    }
}
