internal import DequeModule
internal import Events

/// The deliveries of one origin that could go now, and how many of them are going.
struct Lane: Sendable {
    private var fresh: Deque<Ticket> = []
    /// Retries whose wait is over.
    private var due: Deque<Ticket> = []
    /// First attempts and retries take turns, so that neither starves the other.
    private var retryIsNext = false
    private(set) var inFlight = 0
    private(set) var bytesInFlight = 0
    /// Retries that still wait. They hold no slot.
    var waiting = 0
    /// Deliveries behind the head of their ordered workflow.
    var behindHead = 0
    /// Set while more deliveries of this lane are in the outbox than in memory.
    var backlog: Backlog?
    var health: LaneHealth
    /// Set while a failing lane starts nothing.
    var pausedUntil: MonotonicTime?

    /// Deliveries of a lane that are in the outbox only.
    struct Backlog: Sendable {
        /// All of them lie behind this one.
        var after: DeliveryID
        /// The outbox is being asked for the next ones.
        var isBeingRead = false
        /// Deliveries were accepted while the outbox was asked: its answer may lack them.
        var hasGrown = false
    }

    init(health: LaneHealth) { self.health = health }

    var ready: Int { fresh.count + due.count }
    /// Deliveries held in memory.
    var indexed: Int { ready + inFlight + waiting + behindHead }
    var isIdle: Bool { indexed == 0 && backlog == nil }

    mutating func add(_ ticket: Ticket) { fresh.append(ticket) }
    mutating func addDue(_ ticket: Ticket) { due.append(ticket) }

    /// The delivery to go next, if the lane may start one.
    ///
    /// - Parameters:
    ///   - slots: attempts that it may have in flight.
    ///   - bytes: of bodies in flight; a single larger body goes alone.
    func candidate(slots: Int, bytes: Int) -> Ticket? {
        guard pausedUntil == nil, inFlight < slots, let next = takesRetry ? due.first : fresh.first else { return nil }
        return inFlight == 0 || bytesInFlight + next.bodyBytes <= bytes ? next : nil
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
