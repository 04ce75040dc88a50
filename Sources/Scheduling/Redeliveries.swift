internal import Domain

/// The redelivered deliveries in memory, and those that wait until the schedule can hold them.
struct Redeliveries: Sendable {
    /// For each in memory: the attempts made before it was redelivered, which differ each time.
    private var held: [DeliveryID: Int] = [:]
    /// Deliveries whose failure is recorded, but not reported to the schedule yet.
    private var afterEnd: [DeliveryID: Ticket] = [:]
    /// Deliveries that the running query of their lane may return.
    private var afterQuery: [Origin: [Ticket]] = [:]

    func holds(_ ticket: Ticket) -> Bool { held[ticket.id] == ticket.attemptsBefore }

    /// A delivery was added to those in memory.
    mutating func hold(_ ticket: Ticket) {
        if ticket.attemptsBefore > 0 { held[ticket.id] = ticket.attemptsBefore }
    }

    mutating func waitForEnd(_ ticket: Ticket) { afterEnd[ticket.id] = ticket }

    mutating func waitForQuery(_ ticket: Ticket) { afterQuery[ticket.origin, default: []].append(ticket) }

    mutating func takeAfterQuery(_ origin: Origin) -> [Ticket] {
        afterQuery.isEmpty ? [] : afterQuery.removeValue(forKey: origin) ?? []
    }

    /// A delivery is no longer in memory.
    /// - Returns: the redelivery that has waited for this.
    mutating func end(_ ticket: Ticket) -> Ticket? {
        if ticket.attemptsBefore > 0 { held[ticket.id] = nil }
        return afterEnd.isEmpty ? nil : afterEnd.removeValue(forKey: ticket.id)
    }
}
