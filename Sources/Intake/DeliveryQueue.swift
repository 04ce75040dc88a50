package import Domain

/// Receives accepted deliveries: what intake needs of dispatching.
package protocol DeliveryQueue: Sendable {
    func add(_ deliveries: [Delivery])
}
