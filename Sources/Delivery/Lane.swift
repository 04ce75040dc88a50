internal import DequeModule
internal import Events

/// The deliveries of one origin that could go now, and how many of them are going.
struct Lane: Sendable {
    /// What a lane may do at most.
    struct Limits: Sendable {
        /// Attempts in flight.
        let attempts: Int
        /// Bytes of bodies in flight; a single larger body goes alone.
        let bytes: Int
    }

    private var fresh: Deque<Ticket> = []
    /// Retries whose wait is over.
    private var due: Deque<Ticket> = []
    /// First attempts and retries take turns, so that neither starves the other.
    private var retryIsNext = false
    private(set) var inFlight = 0
    private(set) var bytesInFlight = 0
    /// Retries that still wait. They hold no slot.
    var waiting = 0
    /// The last attempt that ended ran into its deadline: one slot until something answers.
    var isHanging = false

    var ready: Int { fresh.count + due.count }
    var isIdle: Bool { ready == 0 && inFlight == 0 && waiting == 0 }

    mutating func add(_ ticket: Ticket) { fresh.append(ticket) }
    mutating func addDue(_ ticket: Ticket) { due.append(ticket) }

    /// The delivery to go next, if the lane may start one.
    func candidate(_ limits: Lane.Limits) -> Ticket? {
        guard inFlight < (isHanging ? 1 : limits.attempts), let next = takesRetry ? due.first : fresh.first else {
            return nil
        }
        return inFlight == 0 || bytesInFlight + next.bodyBytes <= limits.bytes ? next : nil
    }

    /// Starts the candidate.
    mutating func start() {
        let ticket = takesRetry ? due.removeFirst() : fresh.removeFirst()
        retryIsNext.toggle()
        inFlight += 1
        bytesInFlight += ticket.bodyBytes
    }

    mutating func end(_ ticket: Ticket) {
        inFlight -= 1
        bytesInFlight -= ticket.bodyBytes
    }

    private var takesRetry: Bool { fresh.isEmpty || retryIsNext && !due.isEmpty }
}
