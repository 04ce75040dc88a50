internal import Events

/// The deliveries whose attempt is under way, and what they take of the limits.
struct InFlight: Sendable {
    /// A delivery with the standing that its lane had when it started.
    private struct Started: Sendable {
        let ticket: Ticket
        let standing: LaneHealth.Standing
    }

    private struct Share: Sendable {
        var count = 0
        var bytes = 0
    }

    private var started: [DeliveryID: Started] = [:]
    private var shares: [LaneHealth.Standing: Share] = [:]
    /// Of bodies.
    private(set) var bytes = 0

    var count: Int { started.count }
    var isEmpty: Bool { started.isEmpty }

    /// Those of lanes that had this standing when they started.
    func count(of standing: LaneHealth.Standing) -> Int { shares[standing]?.count ?? 0 }
    func bytes(of standing: LaneHealth.Standing) -> Int { shares[standing]?.bytes ?? 0 }

    mutating func add(_ ticket: Ticket, _ standing: LaneHealth.Standing) {
        started[ticket.id] = Started(ticket: ticket, standing: standing)
        book(ticket, standing, 1)
    }

    /// - Returns: nil if it is not under way.
    mutating func remove(_ id: DeliveryID) -> Ticket? {
        guard let gone = started.removeValue(forKey: id) else { return nil }
        book(gone.ticket, gone.standing, -1)
        return gone.ticket
    }

    private mutating func book(_ ticket: Ticket, _ standing: LaneHealth.Standing, _ sign: Int) {
        shares[standing, default: Share()].count += sign
        shares[standing, default: Share()].bytes += sign * ticket.bodyBytes
        bytes += sign * ticket.bodyBytes
    }
}
