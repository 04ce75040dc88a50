internal import Domain

/// The deliveries with an active attempt, and how much of the limits they use.
struct InFlight: Sendable {
    private struct Entry: Sendable {
        let ticket: Ticket
        /// The group of its origin when the attempt started.
        let group: OriginState
    }

    private struct Share: Sendable {
        var count = 0
        var bytes = 0
    }

    private var entries: [DeliveryID: Entry] = [:]
    private var shares: [OriginState: Share] = [:]
    /// Bytes of bodies.
    private(set) var bytes = 0

    var count: Int { entries.count }
    var isEmpty: Bool { entries.isEmpty }

    /// Attempts to origins that may hang, because no attempt to them has ended yet or the last one timed out.
    var mayHangCount: Int { count - count(of: .answering) }

    /// Attempts whose origin was in this group when the attempt started.
    func count(of group: OriginState) -> Int { shares[group]?.count ?? 0 }
    func bytes(of group: OriginState) -> Int { shares[group]?.bytes ?? 0 }

    func contains(_ id: DeliveryID) -> Bool { entries[id] != nil }

    mutating func add(_ ticket: Ticket, _ group: OriginState) {
        entries[ticket.id] = Entry(ticket: ticket, group: group)
        count(ticket, group, 1)
    }

    mutating func remove(_ id: DeliveryID) -> Ticket {
        guard let entry = entries.removeValue(forKey: id) else {
            preconditionFailure("the delivery \(id) is not in flight")
        }
        count(entry.ticket, entry.group, -1)
        return entry.ticket
    }

    private mutating func count(_ ticket: Ticket, _ group: OriginState, _ sign: Int) {
        shares[group, default: Share()].count += sign
        shares[group, default: Share()].bytes += sign * ticket.bodyBytes
        bytes += sign * ticket.bodyBytes
    }
}
