internal import DequeModule
internal import Domain
internal import HeapModule

/// The ready deliveries of one origin, the counts of its other deliveries in memory, and its health.
struct Lane: Sendable {
    private enum Activity {
        case running
        /// A failing lane starts no attempt until then.
        case paused(until: MonotonicTime)
    }

    private var first: Deque<Ticket> = []
    /// Retries whose wait is over.
    private var due: Deque<Ticket> = []
    /// First attempts and retries take turns, so that neither starves the other.
    private var retryIsNext = false
    private var activity = Activity.running
    /// The receiver asked for no attempt until then. No outcome of an attempt shortens this pause.
    private(set) var requestedPause: MonotonicTime?
    /// The lane starts one attempt at a time after such a pause, until one ends without another pause.
    private var isProbing = false
    private(set) var inFlight = 0
    private(set) var bytesInFlight = 0
    /// Deliveries whose attempts have ended and are not recorded yet.
    var unrecorded = 0
    /// When the waiting retries are due. They use no slot.
    private var dues: Heap<MonotonicTime> = []
    /// Deliveries that wait for a predecessor in their ordered workflow.
    private(set) var behindHead = 0
    private(set) var health: OriginHealth
    var backlog = Backlog.none

    init(health: OriginHealth) { self.health = health }

    var state: OriginState { health.state }
    /// Retries that are not due yet.
    var waiting: Int { dues.count }
    var ready: Int { first.count + due.count }
    /// Deliveries held in memory.
    var inMemory: Int { ready + inFlight + unrecorded + waiting + behindHead }
    /// The lane has no deliveries, and no pause that later ones must observe.
    var isIdle: Bool { inMemory == 0 && backlog.isEmpty && requestedPause == nil }

    // MARK: Deliveries

    mutating func add(_ ticket: Ticket) { first.append(ticket) }

    mutating func addWaiting(due: MonotonicTime) { dues.insert(due) }

    mutating func addBehindHead() { behindHead += 1 }

    mutating func leaveBehindHead() { behindHead -= 1 }

    /// Ends the wait of the retry that is due first.
    mutating func endWait(_ ticket: Ticket) {
        dues.removeMin()
        due.append(ticket)
    }

    /// The delivery to start next, if the lane may start one.
    ///
    /// - Parameters:
    ///   - slots: the most attempts that the lane may have in flight.
    ///   - bytes: the most bytes of bodies that it may have in flight; a larger body is sent alone.
    func candidate(slots: Int, bytes: Int) -> Ticket? {
        guard requestedPause == nil, case .running = activity, inFlight < (isProbing ? 1 : slots),
            let next = takesRetry ? due.first : first.first
        else { return nil }
        return inFlight == 0 || bytesInFlight + next.bodyBytes <= bytes ? next : nil
    }

    /// Starts the candidate.
    mutating func start() {
        let ticket = takesRetry ? due.removeFirst() : first.removeFirst()
        retryIsNext.toggle()
        inFlight += 1
        bytesInFlight += ticket.bodyBytes
    }

    /// A delivery is no longer in flight.
    mutating func land(_ ticket: Ticket) {
        inFlight -= 1
        bytesInFlight -= ticket.bodyBytes
    }

    /// Makes a delivery ready again that was in flight, but was not attempted.
    mutating func putBack(_ ticket: Ticket) { due.append(ticket) }

    private var takesRetry: Bool { first.isEmpty || retryIsNext && !due.isEmpty }

    // MARK: Health

    /// - Returns: the end of the pause that follows; nil if there is none.
    mutating func attemptEnded(_ error: ErrorClass?, timedOut: Bool, now: MonotonicTime) -> MonotonicTime? {
        health.attemptEnded(error, timedOut: timedOut, now: now)
        if requestedPause == nil { isProbing = false }
        guard health.pause > .zero else {
            activity = .running
            return nil
        }
        activity = .paused(until: now + health.pause)
        return now + health.pause
    }

    /// The receiver asked for no attempt until then.
    mutating func pause(until end: MonotonicTime) {
        requestedPause = max(requestedPause ?? end, end)
        isProbing = true
    }

    /// Ends the pauses that are over.
    mutating func endPauses(_ now: MonotonicTime) {
        if case .paused(let until) = activity, until <= now { activity = .running }
        if let end = requestedPause, end <= now { requestedPause = nil }
    }

    /// When the lane may start its next attempt; nil: it waits for no time, or has nothing to start.
    var nextAttempt: MonotonicTime? {
        var end = requestedPause
        if case .paused(let until) = activity { end = max(end ?? until, until) }
        if ready > 0 { return end }
        return dues.min.map { max($0, end ?? $0) }
    }
}
