package import Domain

/// Receives accepted deliveries: what intake needs of dispatching.
package protocol DeliveryQueue: Sendable {
    func add(_ deliveries: [Delivery])

    /// Receives failed deliveries that are pending again.
    func redeliver(_ tickets: [Ticket])
}
