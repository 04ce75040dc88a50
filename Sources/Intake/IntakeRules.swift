package import Addresses
package import Routing

/// The settings of intake; they may change while the relay runs.
package struct IntakeRules: Sendable {
    let routing: RoutingPolicy
    let addressGuard: AddressGuard
    /// Maximum bytes of pending bodies.
    let maxOutboxBytes: Int

    package init(routing: RoutingPolicy, addressGuard: AddressGuard, maxOutboxBytes: Int) {
        self.routing = routing
        self.addressGuard = addressGuard
        self.maxOutboxBytes = maxOutboxBytes
    }

    /// Maximum bytes of pending bodies of one origin.
    var maxOriginBytes: Int { maxOutboxBytes / 4 }
}
