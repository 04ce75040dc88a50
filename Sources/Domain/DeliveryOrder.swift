/// How the deliveries of one workflow relate in time.
package enum DeliveryOrder: String, Sendable, CaseIterable {
    /// Each goes as soon as it can.
    case parallel
    /// One at a time, in sequence order; the next goes when the one before is final.
    case ordered
}
