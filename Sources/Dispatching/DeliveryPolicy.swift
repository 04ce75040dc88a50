package import Addresses
package import Domain

/// The part of the configuration that attempts obey and that may change while the relay runs.
package struct DeliveryPolicy: Sendable {
    package var retry: RetryPolicy
    package var addressGuard: AddressGuard
    /// One attempt, until the final response headers.
    package var timeout: Duration
    /// The HTTP proxy that requests leave through.
    package var proxy: Origin?

    package init(retry: RetryPolicy, addressGuard: AddressGuard, timeout: Duration, proxy: Origin? = nil) {
        self.retry = retry
        self.addressGuard = addressGuard
        self.timeout = timeout
        self.proxy = proxy
    }
}
