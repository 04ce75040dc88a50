package import Domain

/// Which delivery is sent next: lanes that take turns, retries that wait, workflows that keep their order.
///
/// A value: tickets, outcomes and `now` go in, tickets to start come out. It never sleeps and never sends. An event that
/// cannot happen, such as the end of an attempt that never began, is a defect and traps.
package struct Schedule: Sendable {
    /// Origins without a lane for which ``lastRead`` is kept.
    private static let maxRemembered = 10_000
    /// Throttled lanes that are offered a turn when a slot comes free.
    private static let throttledOffers = 8

    private let limits: Limits
    private var lanes = Lanes()
    private var turns = Turns()
    /// Lanes that could start something if less were in flight over all origins. Each has something in flight itself.
    private var throttled = OriginQueue()
    private var pace: Pace
    /// When further attempts that may hang can start, if some had to be left for later.
    private var paceDue: MonotonicTime?
    private var retries = DueQueue<Ticket>()
    /// Failing lanes in their pauses.
    private var pauses = DueQueue<Origin>()
    private var inFlight = InFlight()
    /// Ordered workflows with a delivery in memory.
    private var ordered: [CorrelationID: OrderedWorkflow] = [:]
    private var memory: MemoryShare
    /// The last delivery that the outbox gave for an origin; kept for a while when its lane is gone.
    private var lastRead: [Origin: DeliveryID] = [:]
    /// Lanes with a backlog and room for some of it.
    private var needingRefill: Set<Origin> = []

    package init(limits: Limits) {
        self.limits = limits
        pace = Pace(timeout: limits.timeout)
        memory = MemoryShare(limits: limits)
    }

    // MARK: Accepted and recovered deliveries

    /// A delivery was accepted. It stays in the outbox only, for now, if its lane has a backlog or no room.
    package mutating func add(_ ticket: Ticket) {
        // The outbox shows a delivery once it is committed, which is before it is added here.
        if let last = lastRead[ticket.origin], ticket.id <= last { return }
        if let lane = lanes[ticket.origin], !lane.backlog.isEmpty || memory.room(in: lane) <= 0 {
            lanes.update(ticket.origin) { $0.backlog.grow(by: ticket.id) }
        } else {
            hold(ticket, due: nil)
        }
    }

    /// Notes how the latest delivery to an origin from before the start ended.
    package mutating func recall(_ outcome: OriginOutcome) {
        if let health = OriginHealth(outcome) { lanes.remember(outcome.origin, health) }
    }

    /// Deliveries to this origin are in the outbox from before the start.
    package mutating func recover(_ origin: Origin) {
        lanes.open(origin)
        lanes.update(origin) { $0.backlog = .unread(after: DeliveryID(0)) }
        needingRefill.insert(origin)
    }

    /// The queries to put to the outbox, each of them once. They are answered with ``refill(_:with:now:)``.
    package mutating func takeRefills() -> [Refill] {
        defer { needingRefill = [] }
        return needingRefill.compactMap { origin in
            let room = memory.room(in: lanes[origin])
            guard room > 0, case .unread(let after) = lanes[origin]?.backlog else { return nil }
            lanes.update(origin) { $0.backlog = .reading(after: after, hasGrown: false) }
            memory.request(room)
            return Refill(origin: origin, after: after, limit: room)
        }
    }

    /// The outbox's answer: the next deliveries in the order of their ids, each with what remains of its wait.
    package mutating func refill(_ query: Refill, with tickets: [(Ticket, wait: Duration)], now: MonotonicTime) {
        memory.answer(query.limit)
        if let last = tickets.last { lastRead[query.origin] = last.0.id }
        lanes.update(query.origin) { lane in
            lane.backlog.read(upTo: tickets.last?.0.id, isComplete: tickets.count < query.limit)
        }
        for (ticket, wait) in tickets { hold(ticket, due: ticket.attempts > 0 ? now + wait : nil) }
        settle(query.origin)
    }

    /// Takes a delivery into memory.
    ///
    /// - Parameter due: set for a retry.
    private mutating func hold(_ ticket: Ticket, due: MonotonicTime?) {
        memory.add()
        lanes.open(ticket.origin)
        if let workflow = ticket.orderedWorkflow {
            ordered[workflow, default: OrderedWorkflow()].add(ticket, due: due)
            lanes.update(ticket.origin) { $0.addBehindHead() }
            release(workflow)
        } else {
            enqueue(ticket, due: due)
        }
    }

    /// Takes a ticket into its lane: ready, or waiting until its retry is due.
    private mutating func enqueue(_ ticket: Ticket, due: MonotonicTime?) {
        if let due {
            lanes.update(ticket.origin) { $0.addWaiting() }
            retries.insert(ticket, due: due)
        } else {
            lanes.update(ticket.origin) { $0.add(ticket) }
            offerTurn(ticket.origin)
        }
    }

    // MARK: Starting

    /// The tickets to be sent now, fairly over the lanes, as many as the limits allow.
    package mutating func start(now: MonotonicTime) -> [Ticket] {
        releaseDueRetries(now)
        endDuePauses(now)
        var started: [Ticket] = []
        // Groups whose next body waits for others to end.
        var waiting: Set<OriginState> = []
        while let (origin, group, ticket) = nextTurn(except: waiting, now) {
            switch limits.bytes.judge(ticket.bodyBytes, group, inFlight) {
            case .fits:
                start(ticket, now)
                offerTurn(origin)
                started.append(ticket)
            case .groupWaits:
                turns.putBack(origin)
                waiting.insert(group)
            case .allWait:
                turns.putBack(origin)
                return started
            }
        }
        return started
    }

    /// The lane that goes next, the group in which it got its turn, and what it would start.
    private mutating func nextTurn(
        except waiting: Set<OriginState>, _ now: MonotonicTime
    ) -> (Origin, OriginState, Ticket)? {
        let isPaced = pace.timeout > .zero && limits.slots.isCrowded(inFlight.mayHangCount)
        paceDue = isPaced ? pace.due(left: limits.slots.left(taken: inFlight.count), now: now) : nil
        let mayStart: (OriginState) -> Bool = { [inFlight, limits, paceDue] group in
            !waiting.contains(group) && (paceDue == nil || group == .answering)
                && limits.slots.mayStart(group, taken: inFlight.count, byHanging: inFlight.count(of: .hanging))
        }
        while let (origin, group) = turns.take(alternates: isPaced, where: mayStart) {
            if let ticket = candidate(of: origin, taken: inFlight.count) { return (origin, group, ticket) }
            offerTurn(origin)  // it could start when it was offered the last time: it is throttled now
        }
        return nil
    }

    /// - Parameter taken: slots, over all origins.
    private func candidate(of origin: Origin, taken: Int) -> Ticket? {
        guard let lane = lanes[origin] else { return nil }
        return lane.candidate(
            slots: limits.slots.slots(lane.state, taken: taken, lanes: lanes.count), bytes: limits.maxBytesPerOrigin)
    }

    private mutating func start(_ ticket: Ticket, _ now: MonotonicTime) {
        let group = lanes.update(ticket.origin) { lane in
            lane.start()
            return lane.state.group
        }
        if group != .answering { pace.started(at: now) }
        inFlight.add(ticket, group)
    }

    private mutating func releaseDueRetries(_ now: MonotonicTime) {
        while let (ticket, _) = retries.takeDue(now) {
            lanes.update(ticket.origin) { $0.endWait(ticket) }
            offerTurn(ticket.origin)
        }
    }

    private mutating func endDuePauses(_ now: MonotonicTime) {
        while let (origin, due) = pauses.takeDue(now) {
            guard lanes[origin] != nil else { continue }
            if lanes.update(origin, { $0.endPause(due: due) }) { offerTurn(origin) }
        }
    }

    // MARK: Ending

    /// An attempt ended and was charged.
    ///
    /// - Parameter timedOut: it ran into its deadline, so its origin may hang.
    package mutating func end(_ id: DeliveryID, _ verdict: Verdict, timedOut: Bool, now: MonotonicTime) {
        var ticket = land(id)
        ticket.attempts += 1
        let pauseEnd = lanes.update(ticket.origin) {
            $0.attemptEnded(isDelivered: verdict == .delivered, timedOut: timedOut, now: now)
        }
        if let pauseEnd { pauses.insert(ticket.origin, due: pauseEnd) }
        switch verdict {
        case .retry(let wait): enqueue(ticket, due: now + wait)
        case .delivered, .failed: finish(ticket)
        }
        settle(ticket.origin)
    }

    /// A delivery that was started is not to be sent after all: it is no longer pending.
    package mutating func withdraw(_ id: DeliveryID) {
        let ticket = land(id)
        finish(ticket)
        settle(ticket.origin)
    }

    /// A delivery of an ordered workflow was started, but the outbox holds one before it that is not in memory yet: it
    /// waits for that one.
    package mutating func postpone(_ id: DeliveryID) {
        let ticket = land(id)
        guard let workflow = ticket.orderedWorkflow else { preconditionFailure("\(id) is of no ordered workflow") }
        update(workflow) { $0.postpone(ticket) }
        lanes.update(ticket.origin) { $0.addBehindHead() }
        release(workflow)
        settle(ticket.origin)
    }

    /// A delivery was started, but could not be read: it starts again, uncharged, and still leads its ordered workflow.
    package mutating func putBack(_ id: DeliveryID) {
        let ticket = land(id)
        lanes.update(ticket.origin) { $0.putBack(ticket) }
        settle(ticket.origin)
    }

    private mutating func land(_ id: DeliveryID) -> Ticket {
        let ticket = inFlight.remove(id)
        lanes.update(ticket.origin) { $0.land(ticket) }
        return ticket
    }

    /// A delivery is final: its place in memory is free, and its successor in an ordered workflow may start.
    private mutating func finish(_ ticket: Ticket) {
        memory.remove()
        guard let workflow = ticket.orderedWorkflow else { return }
        update(workflow) { $0.endHead() }
        release(workflow)
    }

    /// Lets the next delivery of an ordered workflow start, if it may.
    private mutating func release(_ workflow: CorrelationID) {
        if let (next, due) = update(workflow, { $0.takeNext() }) {
            lanes.update(next.origin) { $0.leaveBehindHead() }
            enqueue(next, due: due)
        } else if ordered[workflow]?.isIdle == true {
            ordered[workflow] = nil
        }
    }

    private mutating func update<Result>(_ workflow: CorrelationID, _ change: (inout OrderedWorkflow) -> Result)
        -> Result
    {
        guard let index = ordered.index(forKey: workflow) else {
            preconditionFailure("no delivery of \(workflow) is held")
        }
        return change(&ordered.values[index])
    }

    /// After a slot came free: throttled lanes are offered a turn, and then the lane itself; it is closed if nothing is left
    /// of it.
    private mutating func settle(_ origin: Origin) {
        for waiting in throttled.takeFirst(Self.throttledOffers) { offerTurn(waiting) }
        guard let lane = lanes[origin] else { return }
        if lane.isIdle { close(origin) } else { offerTurn(origin) }
        if memory.needsRefill(lane) { needingRefill.insert(origin) }
    }

    private mutating func close(_ origin: Origin) {
        lanes.close(origin)
        if lastRead.count > lanes.count + Self.maxRemembered { lastRead = lastRead.filter { lanes[$0.key] != nil } }
    }

    private mutating func offerTurn(_ origin: Origin) {
        guard let lane = lanes[origin] else { return }
        if candidate(of: origin, taken: inFlight.count) != nil {
            turns.offer(origin, lane.state.group)
        } else if candidate(of: origin, taken: 0) != nil {
            throttled.append(origin)
        }
    }

    // MARK: Views

    /// When the next waiting retry is due, the next pause over, or the pace lets another attempt start.
    package var nextDue: MonotonicTime? { [retries.nextDue, pauses.nextDue, paceDue].compactMap { $0 }.min() }

    package var inFlightCount: Int { inFlight.count }

    /// Whether the last attempt to an origin ended before its deadline. Only for origins with deliveries.
    package func isAnswering(_ origin: Origin) -> Bool { lanes[origin]?.state.group == .answering }

    /// What status shows of each lane.
    package func laneFigures() -> [LaneFigures] {
        lanes.all.map { origin, lane in
            LaneFigures(
                origin: origin, state: lane.state, inFlight: lane.inFlight, ready: lane.ready, waiting: lane.waiting,
                behindHead: lane.behindHead, hasBacklog: !lane.backlog.isEmpty)
        }
    }
}
