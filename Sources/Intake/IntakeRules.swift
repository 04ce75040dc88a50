package import Addresses
package import Routing

/// The settings that intake obeys; they may change while the relay runs.
package struct IntakeRules: Sendable {
    let routing: RoutingPolicy
    let addressGuard: AddressGuard
    /// Bytes of pending bodies.
    let maxOutboxBytes: Int

    package init(routing: RoutingPolicy, addressGuard: AddressGuard, maxOutboxBytes: Int) {
        self.routing = routing
        self.addressGuard = addressGuard
        self.maxOutboxBytes = maxOutboxBytes
    }

    /// The bytes that one origin may hold.
    var maxOriginBytes: Int { maxOutboxBytes / 4 }
}
