package import Addresses
package import Domain
package import Webhook

/// The settings of attempts; they may change while the relay runs.
package struct DeliveryPolicy: Sendable {
    package var retry: RetryPolicy
    package var addressGuard: AddressGuard
    /// Maximum duration of an attempt, until the final response headers.
    package var timeout: Duration
    /// The HTTP proxy to send requests through.
    package var proxy: Origin?
    /// Signs every request in addition to the secret of the delivery.
    package var signingKey: Ed25519PrivateKey?

    package init(
        retry: RetryPolicy, addressGuard: AddressGuard, timeout: Duration, proxy: Origin? = nil,
        signingKey: Ed25519PrivateKey? = nil
    ) {
        self.retry = retry
        self.addressGuard = addressGuard
        self.timeout = timeout
        self.proxy = proxy
        self.signingKey = signingKey
    }
}
