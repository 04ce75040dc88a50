internal import DequeModule
internal import Domain

/// The failed deliveries whose bodies are kept for a redelivery.
struct KeptDeliveries {
    private var deliveries: [DeliveryID: Delivery] = [:]
    /// In the order in which they failed.
    private(set) var failed: Deque<FinishedDelivery> = []
    /// Bytes of their bodies.
    private(set) var bytes = 0

    /// The delivery that failed first.
    var first: FinishedDelivery? { failed.first }

    subscript(id: DeliveryID) -> Delivery? { deliveries[id] }

    mutating func add(_ delivery: Delivery, failedAt time: SteadyTime) {
        deliveries[delivery.id] = delivery
        failed.append(FinishedDelivery(delivery: delivery.id, workflow: delivery.correlationID, at: time))
        bytes += delivery.body.count
    }

    /// Removes and returns a delivery.
    mutating func remove(_ id: DeliveryID) -> Delivery? {
        guard let delivery = deliveries.removeValue(forKey: id) else { return nil }
        if let place = failed.firstIndex(where: { $0.delivery == id }) { failed.remove(at: place) }
        bytes -= delivery.body.count
        return delivery
    }
}
