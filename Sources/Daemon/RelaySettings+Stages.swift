internal import Domain
internal import Addresses
internal import Dispatching
internal import Intake
internal import Outbox
internal import Routing
internal import Settings

/// What each stage takes from the settings.
extension RelaySettings {
    var deliveryPolicy: DeliveryPolicy {
        DeliveryPolicy(
            retry: retry, addressGuard: AddressGuard(allowed: allowNetwork), timeout: timeout, proxy: proxy,
            signingKey: signingKey)
    }

    var intakeRules: IntakeRules {
        IntakeRules(
            routing: RoutingPolicy(
                defaultSecrets: secrets, defaultOrdering: ordering, defaultFormat: format,
                defaultMaxRetries: retry.maxRetries, visibility: visibility, registrationTTL: registrationTTL,
                grace: unmatchedGrace),
            addressGuard: AddressGuard(allowed: allowNetwork), maxOutboxBytes: outboxMax)
    }

    /// Keeps the registration of a completed workflow, with its secret, a minute longer than artifacts for it are
    /// accepted, because lines that are still being read are decided by their own times.
    var retention: Retention {
        Retention(
            historyMaxAge: historyMaxAge, historyMaxDeliveries: historyMaxDeliveries, keepFailed: keepFailed,
            registrationTTL: registrationTTL, completionGrace: unmatchedGrace + .seconds(60))
    }
}
