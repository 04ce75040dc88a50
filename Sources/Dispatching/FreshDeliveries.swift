internal import DequeModule
package import Domain

/// A cache of deliveries that were just accepted, so that a first attempt that starts at once need not read the outbox.
///
/// A delivery that does not fit, or is evicted by later ones, is read from the outbox when it starts.
package struct FreshDeliveries: Sendable {
    /// Bytes of bodies.
    package static let maxBytes = 4 << 20
    package static let maxDeliveries = 1_024

    private var deliveries: [DeliveryID: Delivery] = [:]
    /// In order of arrival. May contain ids of deliveries that were taken since.
    private var order: Deque<DeliveryID> = []
    private var bytes = 0

    package init() {}

    package mutating func add(_ delivery: Delivery) {
        guard delivery.body.count <= Self.maxBytes else { return }
        deliveries[delivery.id] = delivery
        order.append(delivery.id)
        bytes += delivery.body.count
        while bytes > Self.maxBytes || order.count > Self.maxDeliveries { _ = take(order.removeFirst()) }
    }

    /// Removes and returns a delivery.
    package mutating func take(_ id: DeliveryID) -> Delivery? {
        guard let delivery = deliveries.removeValue(forKey: id) else { return nil }
        bytes -= delivery.body.count
        return delivery
    }
}
