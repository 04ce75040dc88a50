internal import DequeModule
internal import Events

/// The deliveries of an ordered workflow that are in memory: one may go, the others wait behind it.
///
/// The lanes of several origins may hold them, and each lane is filled from the outbox by itself. So one may come in
/// after its successors, and a successor that has got ahead is put back.
struct OrderedWorkflow: Sendable {
    private struct Waiting: Sendable {
        let ticket: Ticket
        /// Set for a retry.
        let due: MonotonicTime?
    }

    /// In rising order of their ids, which is the order of their sequence numbers.
    private var waiting: Deque<Waiting> = []
    private var hasHead = false
    /// A delivery that must not go before one that the outbox still holds. Never set while there is a head.
    private var postponed: DeliveryID?

    var isIdle: Bool { !hasHead && waiting.isEmpty }

    mutating func add(_ ticket: Ticket, due: MonotonicTime?) {
        var place = waiting.endIndex
        while place > waiting.startIndex, ticket.id < waiting[place - 1].ticket.id { place -= 1 }
        waiting.insert(Waiting(ticket: ticket, due: due), at: place)
    }

    /// The head goes back: it has a predecessor that is not here yet.
    mutating func postpone(_ head: Ticket) {
        add(head, due: nil)
        hasHead = false
        postponed = head.id
    }

    /// The head is final.
    mutating func endHead() { hasHead = false }

    /// The new head, if there is none and the first that waits need not wait any longer.
    mutating func takeNext() -> (Ticket, due: MonotonicTime?)? {
        guard !hasHead, let first = waiting.first, postponed.map({ first.ticket.id < $0 }) ?? true else { return nil }
        waiting.removeFirst()
        hasHead = true
        postponed = nil
        return (first.ticket, first.due)
    }
}
