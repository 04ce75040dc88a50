package import Events

/// Who is sent next: lanes that take turns, retries that wait, workflows that keep their order.
///
/// A value: tickets, outcomes and `now` go in, tickets to start come out. It never sleeps and never sends.
package struct Schedule: Sendable {
    /// A question to the outbox: the next deliveries of a lane whose window has room.
    package struct Refill: Hashable, Sendable {
        package let origin: Origin
        package let after: DeliveryID
        package let limit: Int

        package init(origin: Origin, after: DeliveryID, limit: Int) {
            self.origin = origin
            self.after = after
            self.limit = limit
        }
    }

    /// Origins without a lane of which ``lastRead`` is kept.
    private static let mostRemembered = 10_000
    /// Lanes held back that look again when a slot comes free.
    private static let looks = 8

    private let limits: Limits
    private var lanes: [Origin: Lane] = [:]
    /// What is known of origins that have no lane now.
    private var reputation = Reputation()
    private var turns = Turns()
    /// Lanes that could start something if less were in flight over all origins. Each has something in flight itself.
    private var heldBack = OriginQueue()
    private var pace: Pace
    /// When further attempts that may hang can start, if some had to be left for later.
    private var paceDue: MonotonicTime?
    private var retries = DueQueue<Ticket>()
    /// Failing lanes in their pauses.
    private var pauses = DueQueue<Origin>()
    private var inFlight = InFlight()
    /// Ordered workflows with a delivery in memory.
    private var ordered: [CorrelationID: OrderedWorkflow] = [:]
    /// The last delivery that the outbox gave for an origin; kept for a while when its lane is gone.
    private var lastRead: [Origin: DeliveryID] = [:]
    /// Lanes with a backlog and room for some of it.
    private var hungry: Set<Origin> = []
    /// Deliveries held in memory.
    private var indexed = 0
    /// Deliveries that the outbox is being asked for.
    private var promised = 0

    package init(limits: Limits) {
        self.limits = limits
        pace = Pace(timeout: limits.timeout)
    }

    // MARK: Changes

    /// A delivery was accepted. Stays in the outbox only, for now, if its lane holds enough or has others to do first.
    package mutating func add(_ ticket: Ticket) {
        // The outbox shows a delivery once it is committed, which is before it is added here.
        if let last = lastRead[ticket.origin], ticket.id <= last { return }
        if lanes[ticket.origin]?.backlog != nil {
            lanes[ticket.origin]?.backlog?.hasGrown = true
        } else if room(in: ticket.origin) > 0 {
            index(ticket, wait: nil, now: nil)
        } else {
            lanes[ticket.origin]?.backlog = Lane.Backlog(after: DeliveryID(ticket.id.rawValue - 1))
        }
    }

    /// What is known of an origin from before the start.
    package mutating func recall(_ origin: Origin, _ standing: LaneHealth.Standing) {
        reputation.note(origin, LaneHealth(standing: standing))
    }

    /// Deliveries to this origin are in the outbox from before the start.
    package mutating func recover(_ origin: Origin) {
        openLane(origin)
        lanes[origin]?.backlog = Lane.Backlog(after: DeliveryID(0))
        hungry.insert(origin)
    }

    /// What the outbox is to be asked for. Each question is put once, and answered with ``refill(_:with:now:)``.
    package mutating func takeRefills() -> [Refill] {
        defer { hungry = [] }
        return hungry.compactMap { origin in
            let room = room(in: origin)
            guard room > 0, let backlog = lanes[origin]?.backlog, !backlog.isBeingRead else { return nil }
            lanes[origin]?.backlog?.isBeingRead = true
            lanes[origin]?.backlog?.hasGrown = false
            promised += room
            return Refill(origin: origin, after: backlog.after, limit: room)
        }
    }

    /// The outbox's answer: the next deliveries in the order of their ids, each with what remains of its wait.
    package mutating func refill(_ question: Refill, with tickets: [(Ticket, wait: Duration)], now: MonotonicTime) {
        promised -= question.limit
        guard var backlog = lanes[question.origin]?.backlog else { return }
        backlog.isBeingRead = false
        if let last = tickets.last {
            backlog.after = last.0.id
            lastRead[question.origin] = last.0.id
        }
        let isThrough = tickets.count < question.limit && !backlog.hasGrown
        lanes[question.origin]?.backlog = isThrough ? nil : backlog
        for (ticket, wait) in tickets { index(ticket, wait: wait, now: now) }
        settle(question.origin)
    }

    /// How many more deliveries a lane may hold in memory.
    ///
    /// While there is room, what waits behind the head of an ordered workflow is not counted: a long workflow that goes
    /// one by one must not keep the others of its origin out. Nor may it take all the room of other origins.
    private func room(in origin: Origin) -> Int {
        guard let lane = lanes[origin] else { return hasRoom ? limits.window : limits.perOrigin * 2 }
        guard hasRoom else { return limits.perOrigin * 2 - lane.indexed }
        return min(limits.window - (lane.indexed - lane.behindHead), limits.most - lane.indexed)
    }

    /// Over all lanes, with what the outbox is being asked for.
    private var hasRoom: Bool { indexed + promised < limits.index }

    private mutating func index(_ ticket: Ticket, wait: Duration?, now: MonotonicTime?) {
        indexed += 1
        var due: MonotonicTime?
        if let wait, let now, ticket.attempts > 0 { due = now + wait }
        if let workflow = ticket.orderedWorkflow {
            ordered[workflow, default: OrderedWorkflow()].add(ticket, due: due)
            openLane(ticket.origin)
            lanes[ticket.origin]?.behindHead += 1
            release(workflow)
        } else {
            enqueue(ticket, due: due)
        }
    }

    /// The tickets to be sent now, fairly over the lanes, as many as the limits allow.
    package mutating func start(now: MonotonicTime) -> [Ticket] {
        releaseDueRetries(now)
        endDuePauses(now)
        var started: [Ticket] = []
        // The body of its next lane waits for others to end.
        var held: Set<LaneHealth.Standing> = []
        while let (origin, standing, ticket) = nextTurn(besides: held, now) {
            switch limits.byteShare.judge(ticket.bodyBytes, standing, inFlight) {
            case .fits:
                start(ticket, now)
                offerTurn(origin)
                started.append(ticket)
            case .waits:
                turns.putBack(origin)
                held.insert(standing)
            case .waitsAndHoldsAll:
                turns.putBack(origin)
                return started
            }
        }
        return started
    }

    /// The lane whose turn it is, the standing whose turn that was, and what the lane would start.
    private mutating func nextTurn(
        besides held: Set<LaneHealth.Standing>, _ now: MonotonicTime
    ) -> (Origin, LaneHealth.Standing, Ticket)? {
        let isPaced = pace.timeout > .zero && limits.share.isCrowded(inFlight.count - inFlight.count(of: .answering))
        paceDue = isPaced ? pace.due(left: limits.share.left(taken: inFlight.count), now: now) : nil
        let mayStart: (LaneHealth.Standing) -> Bool = { [inFlight, limits, paceDue] standing in
            !held.contains(standing) && (paceDue == nil || standing == .answering)
                && limits.share.mayStart(standing, taken: inFlight.count, byHanging: inFlight.count(of: .hanging))
        }
        while let (origin, standing) = turns.take(newestToo: isPaced, where: mayStart) {
            if let ticket = candidate(of: origin, taken: inFlight.count) { return (origin, standing, ticket) }
            offerTurn(origin)  // it had one when it was offered the last time: it is held back now
        }
        return nil
    }

    /// - Parameter taken: slots, over all origins.
    private func candidate(of origin: Origin, taken: Int) -> Ticket? {
        guard let lane = lanes[origin] else { return nil }
        return lane.candidate(
            slots: limits.share.slots(lane.health, taken: taken, lanes: lanes.count), bytes: limits.bytesPerOrigin)
    }

    private mutating func start(_ ticket: Ticket, _ now: MonotonicTime) {
        let standing = lanes[ticket.origin]?.health.standing ?? .unproven
        if standing != .answering { pace.note(start: now) }
        lanes[ticket.origin]?.start()
        inFlight.add(ticket, standing)
    }

    /// An attempt ended and was charged.
    ///
    /// - Parameter standing: what it says of its origin.
    package mutating func end(
        _ id: DeliveryID, _ verdict: Verdict, leaving standing: LaneHealth.Standing, now: MonotonicTime
    ) {
        guard var ticket = takeFromFlight(id) else { return }
        ticket.attempts += 1
        lanes[ticket.origin]?.health.note(isDelivered: verdict == .delivered, standing)
        pauseIfFailing(ticket.origin, now)
        if case .retry(let wait) = verdict {
            enqueue(ticket, due: now + wait)
        } else {
            forget(ticket)
        }
        settle(ticket.origin)
    }

    /// A delivery that was started is not to be sent after all: it is no longer pending.
    package mutating func withdraw(_ id: DeliveryID) {
        guard let ticket = takeFromFlight(id) else { return }
        forget(ticket)
        settle(ticket.origin)
    }

    /// A delivery of an ordered workflow was started, but the outbox holds one before it that is not in memory yet: it
    /// waits for that one.
    package mutating func postpone(_ id: DeliveryID) {
        guard let ticket = takeFromFlight(id), let workflow = ticket.orderedWorkflow else { return }
        ordered[workflow]?.postpone(ticket)
        lanes[ticket.origin]?.behindHead += 1
        release(workflow)
        settle(ticket.origin)
    }

    /// A delivery was started, but could not be read: it goes again, uncharged, and still leads its ordered workflow.
    package mutating func putBack(_ id: DeliveryID) {
        guard let ticket = takeFromFlight(id) else { return }
        lanes[ticket.origin]?.addDue(ticket)
        settle(ticket.origin)
    }

    private mutating func takeFromFlight(_ id: DeliveryID) -> Ticket? {
        guard let ticket = inFlight.remove(id) else { return nil }
        lanes[ticket.origin]?.end(ticket)
        return ticket
    }

    private mutating func pauseIfFailing(_ origin: Origin, _ now: MonotonicTime) {
        guard let pause = lanes[origin]?.health.pause, pause > .zero else {
            lanes[origin]?.pausedUntil = nil
            return
        }
        lanes[origin]?.pausedUntil = now + pause
        pauses.insert(origin, due: now + pause)
    }

    private mutating func endDuePauses(_ now: MonotonicTime) {
        while let (origin, due) = pauses.takeDue(now) {
            // A lane that was paused anew since, or was gone meanwhile, is not meant.
            guard lanes[origin]?.pausedUntil == due else { continue }
            lanes[origin]?.pausedUntil = nil
            offerTurn(origin)
        }
    }

    /// Takes a ticket into its lane: ready, or waiting until its retry is due.
    private mutating func enqueue(_ ticket: Ticket, due: MonotonicTime?) {
        openLane(ticket.origin)
        if let due {
            lanes[ticket.origin]?.waiting += 1
            retries.insert(ticket, due: due)
        } else {
            lanes[ticket.origin]?.add(ticket)
            offerTurn(ticket.origin)
        }
    }

    private mutating func releaseDueRetries(_ now: MonotonicTime) {
        while let (ticket, _) = retries.takeDue(now) {
            lanes[ticket.origin]?.waiting -= 1
            lanes[ticket.origin]?.addDue(ticket)
            offerTurn(ticket.origin)
        }
    }

    /// A delivery is final: its place in memory is free, and its successor in an ordered workflow may go.
    private mutating func forget(_ ticket: Ticket) {
        indexed -= 1
        guard let workflow = ticket.orderedWorkflow else { return }
        ordered[workflow]?.endHead()
        release(workflow)
    }

    /// Lets the next of an ordered workflow go, if it may.
    private mutating func release(_ workflow: CorrelationID) {
        if let (next, due) = ordered[workflow]?.takeNext() {
            lanes[next.origin]?.behindHead -= 1
            enqueue(next, due: due)
        } else if ordered[workflow]?.isIdle == true {
            ordered[workflow] = nil
        }
    }

    private mutating func openLane(_ origin: Origin) {
        if lanes[origin] == nil { lanes[origin] = Lane(health: reputation.recall(origin)) }
    }

    private mutating func closeLane(_ origin: Origin) {
        if let lane = lanes.removeValue(forKey: origin) { reputation.note(origin, lane.health) }
        if lastRead.count > lanes.count + Self.mostRemembered { lastRead = lastRead.filter { lanes[$0.key] != nil } }
    }

    /// After a slot came free: lanes that were held back look again, and then the lane gets its turn again, or goes if
    /// nothing is left of it.
    private mutating func settle(_ origin: Origin) {
        for waiting in heldBack.takeFirst(Self.looks) { offerTurn(waiting) }
        guard let lane = lanes[origin] else { return }
        if lane.isIdle { closeLane(origin) } else { offerTurn(origin) }
        if lane.backlog != nil, room(in: origin) * 2 >= limits.window || lane.indexed <= limits.perOrigin {
            hungry.insert(origin)
        }
    }

    private mutating func offerTurn(_ origin: Origin) {
        guard let standing = lanes[origin]?.health.standing else { return }
        if candidate(of: origin, taken: inFlight.count) != nil {
            turns.offer(origin, standing)
        } else if candidate(of: origin, taken: 0) != nil {
            heldBack.append(origin)
        }
    }

    // MARK: Views

    /// When the next waiting retry is due, the next pause over, or the pace lets another one go.
    package var nextDue: MonotonicTime? { [retries.nextDue, pauses.nextDue, paceDue].compactMap { $0 }.min() }

    package var inFlightCount: Int { inFlight.count }

    /// Whether the last attempt to an origin that ended was answered.
    package func isAnswering(_ origin: Origin) -> Bool { lanes[origin]?.health.standing == .answering }

    /// What status shows of each lane.
    package func laneFigures() -> [LaneFigures] {
        lanes.map { origin, lane in
            LaneFigures(
                origin: origin, inFlight: lane.inFlight, ready: lane.ready, waiting: lane.waiting,
                behindHead: lane.behindHead, isHanging: lane.health.standing == .hanging,
                isFailing: lane.health.isFailing, hasBacklog: lane.backlog != nil)
        }
    }
}
