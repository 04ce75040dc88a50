/// Whether the deliveries of one workflow are sent in parallel or one after another.
package enum DeliveryOrder: String, Sendable, CaseIterable {
    /// Each delivery is sent as soon as possible.
    case parallel
    /// One delivery at a time, in sequence order. The next one is sent once its predecessor is final.
    case ordered
}
