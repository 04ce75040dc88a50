internal import Domain

/// The deliveries of a lane that are not in memory, only in the outbox.
enum Backlog: Sendable {
    /// The lane holds all of its deliveries in memory.
    case none
    /// The remaining deliveries have ids after this one.
    case unread(after: DeliveryID)
    /// A query for the next deliveries is running.
    ///
    /// - hasGrown: deliveries were accepted since the query began, so its result may lack them.
    case reading(after: DeliveryID, hasGrown: Bool)

    var isEmpty: Bool { if case .none = self { true } else { false } }

    /// A delivery was accepted, but stays in the outbox only.
    mutating func grow(by id: DeliveryID) {
        switch self {
        case .none: self = .unread(after: DeliveryID(id.rawValue - 1))
        case .unread: break
        case .reading(let after, _): self = .reading(after: after, hasGrown: true)
        }
    }

    /// The query has returned.
    ///
    /// - Parameters:
    ///   - last: the last delivery of the result.
    ///   - isComplete: the result has all remaining deliveries.
    mutating func read(upTo last: DeliveryID?, isComplete: Bool) {
        guard case .reading(let after, let hasGrown) = self else {
            preconditionFailure("a result from the outbox without a query")
        }
        self = isComplete && !hasGrown ? .none : .unread(after: last ?? after)
    }
}
