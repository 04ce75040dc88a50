package import Domain

/// A query to the outbox: the next deliveries of a lane that has room for more in memory.
package struct Refill: Hashable, Sendable {
    package let origin: Origin
    package let after: DeliveryID
    package let limit: Int

    package init(origin: Origin, after: DeliveryID, limit: Int) {
        self.origin = origin
        self.after = after
        self.limit = limit
    }
}
