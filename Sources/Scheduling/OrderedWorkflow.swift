internal import Domain
internal import HeapModule

/// The deliveries of an ordered workflow that are in memory. The head may be sent; the others wait for it.
///
/// The deliveries may belong to the lanes of several origins, and each lane is refilled on its own. A delivery may
/// therefore arrive in memory after its successors. A successor that became the head too early is postponed.
struct OrderedWorkflow: Sendable {
    private struct Waiting: Comparable, Sendable {
        let ticket: Ticket
        /// Set for a retry.
        let due: MonotonicTime?

        static func < (left: Self, right: Self) -> Bool { left.ticket.id < right.ticket.id }
        static func == (left: Self, right: Self) -> Bool { left.ticket.id == right.ticket.id }
    }

    /// The smallest id first, because ids and sequence numbers have the same order.
    private var waiting: Heap<Waiting> = []
    private var head = Head.none

    private enum Head: Equatable {
        case none
        /// The head is in its lane or in flight.
        case released
        /// The predecessor of this delivery is still only in the outbox. Only an earlier delivery may become the head.
        case postponed(DeliveryID)
    }

    var isIdle: Bool { head != .released && waiting.isEmpty }

    mutating func add(_ ticket: Ticket, due: MonotonicTime?) {
        waiting.insert(Waiting(ticket: ticket, due: due))
    }

    /// Makes the head wait again, because it has a predecessor that is not in memory yet.
    mutating func postpone(_ ticket: Ticket) {
        precondition(head == .released, "\(ticket.id) is not the head of its workflow")
        add(ticket, due: nil)
        head = .postponed(ticket.id)
    }

    /// The head's delivery is final.
    mutating func endHead() {
        precondition(head == .released, "the workflow has no head to end")
        head = .none
    }

    /// Makes the first waiting delivery the head, if there is no head and the delivery may start.
    mutating func takeNext() -> (Ticket, due: MonotonicTime?)? {
        guard let first = waiting.min else { return nil }
        switch head {
        case .released: return nil
        case .postponed(let id) where first.ticket.id >= id: return nil
        case .none, .postponed: break
        }
        waiting.removeMin()
        head = .released
        return (first.ticket, first.due)
    }
}
