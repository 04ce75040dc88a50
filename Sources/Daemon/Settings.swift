package import Delivery
package import Events
package import Logging
package import Telemetry

/// The whole configuration, read and checked: what every key means is said by `serve --help`.
package struct Settings: Sendable {
    package var socket: String
    package var statusSocket: String
    package var socketMode: UInt32
    package var stateDirectory: String
    package var isEphemeral: Bool
    package var secret: WebhookSecret?
    package var format: BodyFormat
    package var retry: RetryPolicy
    package var timeout: Duration
    package var visibility: VisibilityPolicy
    package var ordering: DeliveryOrder
    package var concurrencyTotal: Int
    package var concurrencyPerOrigin: Int
    package var sessions: Int
    /// A PEM bundle of authorities that are trusted beside the system's.
    package var caFile: String?
    /// The HTTP proxy that requests leave through.
    package var proxy: Origin?
    package var allowNetwork: [IPBlock]
    /// Bytes.
    package var maxLine: Int
    package var registrationTTL: Duration
    package var unmatchedGrace: Duration
    package var historyMaxAge: Duration
    package var historyMaxDeliveries: Int
    /// Bytes of pending bodies.
    package var outboxMax: Int
    package var drainTimeout: Duration
    package var logLevel: Logger.Level
    package var logFormat: LogFormat
    package var metricsListen: TCPAddress?

    package var deliveryPolicy: DeliveryPolicy {
        DeliveryPolicy(retry: retry, addressGuard: AddressGuard(allowed: allowNetwork), timeout: timeout, proxy: proxy)
    }

    /// These settings with what may change while the relay runs, ``SettingKey/reloadable``, taken from newer ones.
    package func adopting(_ newer: Settings) -> Settings {
        var settings = self
        settings.secret = newer.secret
        settings.retry = newer.retry
        settings.allowNetwork = newer.allowNetwork
        settings.logLevel = newer.logLevel
        return settings
    }
}

/// Why a configuration cannot be used: the key, where its value came from, and the accepted form.
package struct SettingsError: Error, Hashable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}
