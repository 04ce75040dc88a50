internal import Events

/// The deliveries whose attempt is under way, and what they take of the limits.
struct InFlight: Sendable {
    /// A delivery with the standing that its lane had when it started.
    private struct Started: Sendable {
        let ticket: Ticket
        let standing: LaneHealth.Standing
    }

    private var started: [DeliveryID: Started] = [:]
    /// Those of lanes that hung when they started.
    private(set) var byHanging = 0
    /// Of bodies.
    private(set) var bytes = 0

    var count: Int { started.count }
    var isEmpty: Bool { started.isEmpty }

    mutating func add(_ ticket: Ticket, _ standing: LaneHealth.Standing) {
        started[ticket.id] = Started(ticket: ticket, standing: standing)
        byHanging += standing == .hanging ? 1 : 0
        bytes += ticket.bodyBytes
    }

    /// - Returns: nil if it is not under way.
    mutating func remove(_ id: DeliveryID) -> Ticket? {
        guard let gone = started.removeValue(forKey: id) else { return nil }
        byHanging -= gone.standing == .hanging ? 1 : 0
        bytes -= gone.ticket.bodyBytes
        return gone.ticket
    }
}
