internal import DequeModule
package import Domain

/// Deliveries that were accepted a moment ago, so that a first attempt that starts at once need not read the outbox.
///
/// A copy only: a delivery that finds no room here, or loses it to later ones, is read from the outbox when it starts.
package struct FreshDeliveries: Sendable {
    /// Bytes of bodies.
    package static let maxBytes = 4 << 20
    package static let maxDeliveries = 1_024

    private var deliveries: [DeliveryID: Delivery] = [:]
    /// In order of arrival. Holds ids of deliveries that were taken since.
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

    /// Each delivery is given once.
    package mutating func take(_ id: DeliveryID) -> Delivery? {
        guard let delivery = deliveries.removeValue(forKey: id) else { return nil }
        bytes -= delivery.body.count
        return delivery
    }
}
