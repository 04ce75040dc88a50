internal import Domain

/// Deliveries of a lane that are in the outbox only.
enum Backlog: Sendable {
    /// The lane holds all of its deliveries in memory.
    case none
    /// The others lie after this delivery.
    case unread(after: DeliveryID)
    /// The outbox is being asked for the next ones.
    ///
    /// - hasGrown: deliveries were accepted meanwhile, which the outbox's answer may lack.
    case reading(after: DeliveryID, hasGrown: Bool)

    var isEmpty: Bool { if case .none = self { true } else { false } }

    /// A delivery was accepted that is not held in memory.
    mutating func grow(by id: DeliveryID) {
        switch self {
        case .none: self = .unread(after: DeliveryID(id.rawValue - 1))
        case .unread: break
        case .reading(let after, _): self = .reading(after: after, hasGrown: true)
        }
    }

    /// The outbox has answered.
    ///
    /// - Parameters:
    ///   - last: the last delivery of the answer.
    ///   - isComplete: the answer has all that the outbox held.
    mutating func read(upTo last: DeliveryID?, isComplete: Bool) {
        guard case .reading(let after, let hasGrown) = self else {
            preconditionFailure("the outbox answered, but was not asked")
        }
        self = isComplete && !hasGrown ? .none : .unread(after: last ?? after)
    }
}
