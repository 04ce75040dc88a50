/// The state of a delivery.
package enum DeliveryState: Hashable, Sendable {
    case pending
    case delivered
    case failed(ErrorClass)

    package var isFinal: Bool { self != .pending }

    /// `pending`, `delivered` or `failed`.
    package var name: String {
        switch self {
        case .pending: "pending"
        case .delivered: "delivered"
        case .failed: "failed"
        }
    }
}
