package import Domain

/// Takes deliveries that were accepted. What intake needs of dispatching.
package protocol DeliveryQueue: Sendable {
    func add(_ deliveries: [Delivery])
}
