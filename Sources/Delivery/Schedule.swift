internal import DequeModule
package import Events
internal import HeapModule

/// Who is sent next: lanes that take turns, retries that wait, workflows that keep their order.
///
/// A value: tickets, outcomes and `now` go in, tickets to start come out. It never sleeps and never sends.
package struct Schedule: Sendable {
    package struct Limits: Sendable {
        /// Attempts in flight over all origins.
        package let total: Int
        /// Attempts in flight to one origin.
        package let perOrigin: Int
        /// Bytes of bodies in flight.
        package let bytes: Int

        package init(total: Int, perOrigin: Int, bytes: Int = 64 << 20) {
            self.total = total
            self.perOrigin = perOrigin
            self.bytes = bytes
        }

        /// One origin may hold a quarter of the bytes, so that a slow one leaves room.
        fileprivate var lane: Lane.Limits { Lane.Limits(attempts: perOrigin, bytes: bytes / 4) }
    }

    private struct WaitingRetry: Comparable, Sendable {
        let due: MonotonicTime
        let ticket: Ticket

        static func < (left: Self, right: Self) -> Bool { left.due < right.due }
        static func == (left: Self, right: Self) -> Bool { left.due == right.due }
    }

    private let limits: Limits
    private var lanes: [Origin: Lane] = [:]
    /// Lanes that can start something, in the order of their turns.
    private var turns: Deque<Origin> = []
    private var inTurns: Set<Origin> = []
    private var retries: Heap<WaitingRetry> = []
    private var inFlight: [DeliveryID: Ticket] = [:]
    private var bytesInFlight = 0
    /// Ordered workflows with a delivery that is not final, and those behind it.
    private var behindHead: [CorrelationID: Deque<Ticket>] = [:]

    package init(limits: Limits) { self.limits = limits }

    // MARK: Changes

    /// A delivery was accepted, or recovered with its first attempt still to be made.
    package mutating func add(_ ticket: Ticket) {
        if let workflow = ticket.orderedWorkflow {
            if behindHead[workflow] != nil {
                behindHead[workflow]?.append(ticket)
                return
            }
            behindHead[workflow] = []
        }
        enqueue(ticket)
    }

    /// The tickets to be sent now, fairly over the lanes, as many as the limits allow.
    package mutating func start(now: MonotonicTime) -> [Ticket] {
        releaseDueRetries(now)
        var started: [Ticket] = []
        while inFlight.count < limits.total, let origin = turns.first {
            guard let ticket = lanes[origin]?.candidate(limits.lane) else {
                turns.removeFirst()
                inTurns.remove(origin)
                continue
            }
            guard inFlight.isEmpty || bytesInFlight + ticket.bodyBytes <= limits.bytes else { break }
            lanes[origin]?.start()
            turns.append(turns.removeFirst())
            inFlight[ticket.id] = ticket
            bytesInFlight += ticket.bodyBytes
            started.append(ticket)
        }
        return started
    }

    /// An attempt ended and was charged.
    package mutating func end(_ id: DeliveryID, _ verdict: Verdict, timedOut: Bool, now: MonotonicTime) {
        guard var ticket = takeFromFlight(id) else { return }
        ticket.attempts += 1
        lanes[ticket.origin]?.isHanging = timedOut
        if case .retry(let wait) = verdict {
            lanes[ticket.origin]?.waiting += 1
            retries.insert(WaitingRetry(due: now + wait, ticket: ticket))
        } else {
            releaseSuccessor(of: ticket)
        }
        settle(ticket.origin)
    }

    /// A delivery that was started is not to be sent after all: it is no longer pending.
    package mutating func withdraw(_ id: DeliveryID) {
        guard let ticket = takeFromFlight(id) else { return }
        releaseSuccessor(of: ticket)
        settle(ticket.origin)
    }

    private mutating func takeFromFlight(_ id: DeliveryID) -> Ticket? {
        guard let ticket = inFlight.removeValue(forKey: id) else { return nil }
        bytesInFlight -= ticket.bodyBytes
        lanes[ticket.origin]?.end(ticket)
        return ticket
    }

    private mutating func enqueue(_ ticket: Ticket) {
        lanes[ticket.origin, default: Lane()].add(ticket)
        offerTurn(ticket.origin)
    }

    private mutating func releaseDueRetries(_ now: MonotonicTime) {
        while let first = retries.min, first.due <= now {
            retries.removeMin()
            lanes[first.ticket.origin]?.waiting -= 1
            lanes[first.ticket.origin]?.addDue(first.ticket)
            offerTurn(first.ticket.origin)
        }
    }

    private mutating func releaseSuccessor(of ticket: Ticket) {
        guard let workflow = ticket.orderedWorkflow else { return }
        if let next = behindHead[workflow]?.popFirst() {
            enqueue(next)
        } else {
            behindHead[workflow] = nil
        }
    }

    /// After a slot came free: the lane gets its turn again, or goes if nothing is left of it.
    private mutating func settle(_ origin: Origin) {
        if lanes[origin]?.isIdle == true { lanes[origin] = nil } else { offerTurn(origin) }
    }

    private mutating func offerTurn(_ origin: Origin) {
        guard lanes[origin]?.candidate(limits.lane) != nil, inTurns.insert(origin).inserted else { return }
        turns.append(origin)
    }

    // MARK: Views

    /// When the next waiting retry is due.
    package var nextDue: MonotonicTime? { retries.min?.due }

    package var inFlightCount: Int { inFlight.count }

    /// What status shows of each lane.
    package func laneFigures() -> [LaneFigures] {
        lanes.map { origin, lane in
            LaneFigures(
                origin: origin, inFlight: lane.inFlight, ready: lane.ready, waiting: lane.waiting,
                isHanging: lane.isHanging)
        }
    }
}

/// One origin at a glance.
package struct LaneFigures: Sendable {
    package let origin: Origin
    package let inFlight: Int
    package let ready: Int
    /// Retries whose time has not come.
    package let waiting: Int
    package let isHanging: Bool
}
