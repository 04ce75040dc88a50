internal import Domain
internal import HeapModule

/// The deliveries of an ordered workflow that are in memory: one may go, the others wait behind it.
///
/// The lanes of several origins may hold them, and each lane is filled from the outbox by itself. So one may come in
/// after its successors, and a successor that has got ahead is put back.
struct OrderedWorkflow: Sendable {
    private struct Waiting: Comparable, Sendable {
        let ticket: Ticket
        /// Set for a retry.
        let due: MonotonicTime?

        static func < (left: Self, right: Self) -> Bool { left.ticket.id < right.ticket.id }
        static func == (left: Self, right: Self) -> Bool { left.ticket.id == right.ticket.id }
    }

    /// The smallest id first: the order of ids is that of sequence numbers.
    private var waiting: Heap<Waiting> = []
    private var hasHead = false
    /// A delivery that must not go before one that the outbox still holds. Never set while there is a head.
    private var postponed: DeliveryID?

    var isIdle: Bool { !hasHead && waiting.isEmpty }

    mutating func add(_ ticket: Ticket, due: MonotonicTime?) {
        waiting.insert(Waiting(ticket: ticket, due: due))
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
        guard !hasHead, let first = waiting.min, postponed.map({ first.ticket.id < $0 }) ?? true else { return nil }
        waiting.removeMin()
        hasHead = true
        postponed = nil
        return (first.ticket, first.due)
    }
}
