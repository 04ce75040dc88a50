package import Domain

/// Decides which delivery is sent next: alternates between lanes, delays retries and keeps ordered workflows in order.
///
/// A value type: tickets, outcomes and `now` go in, tickets to start come out. It never sleeps and never sends. An
/// impossible event, such as the end of an attempt that never began, is a programming error and traps.
package struct Schedule: Sendable {
    /// Origins without a lane for which ``lastRead`` is kept.
    private static let maxRemembered = 10_000
    /// The most throttled lanes that are offered a turn when a slot becomes free.
    private static let throttledOffers = 8
    /// No attempt starts while this many are in flight or wait to be recorded; more if more may be in flight. After a
    /// crash, as many may be repeated.
    private static let maxUnrecorded = 1_024

    private let limits: Limits
    private var lanes = Lanes()
    private var turns = Turns()
    /// Lanes that could start an attempt if fewer were in flight over all origins. Each has one in flight itself.
    private var throttled = OriginQueue()
    private var pace: Pace
    /// When the pace allows the next attempt that may hang; nil if the pace delays none.
    private var paceDue: MonotonicTime?
    private var retries = DueQueue<Ticket>()
    /// Lanes in their pauses. The end of a pause that a later attempt has ended or extended may still be here.
    private var pauses = DueQueue<Origin>()
    private var inFlight = InFlight()
    /// Deliveries whose attempts have ended and are not recorded yet.
    private var unrecorded: [DeliveryID: Ticket] = [:]
    /// Ordered workflows with a delivery in memory.
    private var ordered: [CorrelationID: OrderedWorkflow] = [:]
    private var memory: MemoryShare
    /// The last delivery read from the outbox for an origin. Kept for a while after its lane is closed.
    private var lastRead: [Origin: DeliveryID] = [:]
    /// Lanes with a backlog and room in memory for some of it.
    private var needingRefill: Set<Origin> = []
    private var redeliveries = Redeliveries()

    package init(limits: Limits) {
        self.limits = limits
        pace = Pace(timeout: limits.timeout)
        memory = MemoryShare(limits: limits)
    }

    // MARK: Accepted and recovered deliveries

    /// A delivery was accepted. For now it stays in the outbox only, if its lane has a backlog or no room in memory.
    package mutating func add(_ ticket: Ticket) {
        // A delivery is committed before it is added here, so a query may already have returned it.
        if let last = lastRead[ticket.origin], ticket.id <= last { return }
        if let lane = lanes[ticket.origin], !lane.backlog.isEmpty || memory.room(in: lane) <= 0 {
            lanes.update(ticket.origin) { $0.backlog.grow(by: ticket.id) }
        } else {
            hold(ticket, due: nil)
        }
    }

    /// A failed delivery is pending again. If its lane has read the outbox beyond its id, no query returns it, so it is
    /// held in memory at once, even beyond the limits. `history.max-deliveries` limits how many there can be.
    package mutating func redeliver(_ ticket: Ticket) {
        // A redelivery is committed before it is added here, so a query may already have returned it.
        if redeliveries.holds(ticket) { return }
        if inFlight.contains(ticket.id) || unrecorded[ticket.id] != nil { return redeliveries.waitForEnd(ticket) }
        switch lanes[ticket.origin]?.backlog {
        case .unread(let after) where after < ticket.id: break
        case .reading(let after, _) where after < ticket.id: redeliveries.waitForQuery(ticket)
        default: hold(ticket, due: nil)
        }
    }

    /// After a restart: records how the latest delivery to an origin ended.
    package mutating func recall(_ outcome: OriginOutcome) {
        if let health = OriginHealth(outcome) { lanes.remember(outcome.origin, health) }
    }

    /// After a restart: the outbox holds pending deliveries to this origin.
    package mutating func recover(_ origin: Origin) {
        lanes.open(origin)
        lanes.update(origin) { $0.backlog = .unread(after: DeliveryID(0)) }
        needingRefill.insert(origin)
    }

    /// The queries to run on the outbox, each returned once. Pass their results to ``refill(_:with:now:)``.
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

    /// Takes the result of a query: the next deliveries in order of their ids, each with the rest of its wait.
    package mutating func refill(_ query: Refill, with tickets: [(Ticket, wait: Duration)], now: MonotonicTime) {
        memory.answer(query.limit)
        if let last = tickets.last { lastRead[query.origin] = last.0.id }
        lanes.update(query.origin) { lane in
            lane.backlog.read(upTo: tickets.last?.0.id, isComplete: tickets.count < query.limit)
        }
        for (ticket, wait) in tickets { hold(ticket, due: ticket.attempts > 0 ? now + wait : nil) }
        for ticket in redeliveries.takeAfterQuery(query.origin) { redeliver(ticket) }
        settle(query.origin)
    }

    /// Adds a delivery to those in memory.
    ///
    /// - Parameter due: set for a retry.
    private mutating func hold(_ ticket: Ticket, due: MonotonicTime?) {
        memory.add()
        redeliveries.hold(ticket)
        lanes.open(ticket.origin)
        if let workflow = ticket.orderedWorkflow {
            ordered[workflow, default: OrderedWorkflow()].add(ticket, due: due)
            lanes.update(ticket.origin) { $0.addBehindHead() }
            release(workflow)
        } else {
            enqueue(ticket, due: due)
        }
    }

    /// Adds a ticket to its lane: ready, or waiting until its retry is due.
    private mutating func enqueue(_ ticket: Ticket, due: MonotonicTime?) {
        if let due {
            lanes.update(ticket.origin) { $0.addWaiting(due: due) }
            retries.insert(ticket, due: due)
        } else {
            lanes.update(ticket.origin) { $0.add(ticket) }
            offerTurn(ticket.origin)
        }
    }

    // MARK: Starting

    /// The tickets to send now: as many as the limits allow, distributed fairly over the lanes.
    package mutating func start(now: MonotonicTime) -> [Ticket] {
        releaseDueRetries(now)
        endDuePauses(now)
        var started: [Ticket] = []
        // Groups whose next body must wait until other attempts end.
        var waiting: Set<OriginState> = []
        let maxUnrecorded = max(Self.maxUnrecorded, limits.maxInFlight)
        paceDue = nil
        while unrecorded.count + inFlight.count < maxUnrecorded,
            let (origin, group, ticket) = nextTurn(except: waiting, now)
        {
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

    /// The next lane, the group in which it got its turn, and the ticket that it would start.
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
            offerTurn(origin)  // the lane has become throttled since it was last offered a turn
        }
        return nil
    }

    /// - Parameter taken: slots in use over all origins.
    private func candidate(of origin: Origin, taken: Int) -> Ticket? {
        guard let lane = lanes[origin] else { return nil }
        return lane.candidate(
            slots: limits.slots.slots(lane.state, taken: taken, lanes: lanes.sharingCount),
            bytes: limits.maxBytesPerOrigin)
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
        while let (origin, _) = pauses.takeDue(now) {
            guard lanes[origin] != nil else { continue }
            lanes.endPauses(origin, now)
            if lanes[origin]?.isIdle == true { close(origin) } else { offerTurn(origin) }
        }
    }

    // MARK: Ending

    /// The receiver that answered an attempt in flight asks for no further one to its origin for a while. Attempts in
    /// flight continue. A pause is extended, but never shortened. Its lane stays open, so that the pause holds for
    /// deliveries that are accepted later.
    package mutating func pause(_ origin: Origin, for wait: Duration, now: MonotonicTime) {
        lanes.pause(origin, until: now + wait)
        pauses.insert(origin, due: now + wait)
    }

    /// An attempt ended and counts. Its slot is free; the delivery waits until ``recorded(_:_:now:)``.
    ///
    /// - Parameters:
    ///   - error: nil if it was delivered.
    ///   - timedOut: the attempt timed out, so its origin may be hanging.
    package mutating func attemptEnded(
        _ id: DeliveryID, _ error: ErrorClass?, timedOut: Bool, now: MonotonicTime
    ) {
        var ticket = land(id)
        ticket.attempts += 1
        unrecorded[id] = ticket
        let pauseEnd = lanes.update(ticket.origin) { lane in
            lane.unrecorded += 1
            return lane.attemptEnded(error, timedOut: timedOut, now: now)
        }
        if let pauseEnd { pauses.insert(ticket.origin, due: pauseEnd) }
        settle(ticket.origin)
    }

    /// The attempt that ended is recorded.
    ///
    /// - Parameter end: when the attempt ended.
    package mutating func recorded(_ id: DeliveryID, _ verdict: Verdict, endedAt end: MonotonicTime) {
        guard let ticket = unrecorded.removeValue(forKey: id) else {
            preconditionFailure("the delivery \(id) has no attempt to record")
        }
        lanes.update(ticket.origin) { $0.unrecorded -= 1 }
        switch verdict {
        case .retry(let wait): enqueue(ticket, due: end + wait)
        case .delivered, .failed: finish(ticket)
        }
        offerTurnOrClose(ticket.origin)
    }

    /// A delivery was started, but is no longer pending and must not be sent.
    package mutating func withdraw(_ id: DeliveryID) {
        let ticket = land(id)
        finish(ticket)
        settle(ticket.origin)
    }

    /// A delivery of an ordered workflow was started, but the outbox holds a predecessor that is not in memory yet. The
    /// delivery waits for it.
    package mutating func postpone(_ id: DeliveryID) {
        let ticket = land(id)
        guard let workflow = ticket.orderedWorkflow else { preconditionFailure("delivery \(id) is not ordered") }
        update(workflow) { $0.postpone(ticket) }
        lanes.update(ticket.origin) { $0.addBehindHead() }
        release(workflow)
        settle(ticket.origin)
    }

    /// A delivery was started, but could not be read or sent. It starts again, without an attempt being counted, and remains
    /// the head of its ordered workflow.
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

    /// A delivery is final: frees its place in memory and releases its successor in an ordered workflow.
    private mutating func finish(_ ticket: Ticket) {
        memory.remove()
        if let again = redeliveries.end(ticket) { redeliver(again) }
        guard let workflow = ticket.orderedWorkflow else { return }
        update(workflow) { $0.endHead() }
        release(workflow)
    }

    /// Moves the next delivery of an ordered workflow into its lane, if it may start.
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
            preconditionFailure("no delivery of \(workflow) is in memory")
        }
        return change(&ordered.values[index])
    }

    /// After a slot became free: offers a turn to throttled lanes and then to the lane itself.
    private mutating func settle(_ origin: Origin) {
        for waiting in throttled.takeFirst(Self.throttledOffers) { offerTurn(waiting) }
        offerTurnOrClose(origin)
    }

    /// Offers a turn to a lane, or closes it if it has no deliveries left.
    private mutating func offerTurnOrClose(_ origin: Origin) {
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

    /// When the next retry is due, the next pause ends, or the pace allows another attempt, whichever is first.
    package var nextDue: MonotonicTime? { [retries.nextDue, pauses.nextDue, paceDue].compactMap { $0 }.min() }

    package var inFlightCount: Int { inFlight.count }

    /// Whether the last attempt to an origin ended before its deadline. False for an origin without deliveries.
    package func isAnswering(_ origin: Origin) -> Bool { lanes[origin]?.state.group == .answering }

    /// The figures of each lane for status.
    package func laneFigures() -> [LaneFigures] {
        lanes.all.map { origin, lane in
            LaneFigures(
                origin: origin, state: lane.state, inFlight: lane.inFlight, ready: lane.ready, waiting: lane.waiting,
                behindHead: lane.behindHead, hasBacklog: !lane.backlog.isEmpty, since: lane.health.since,
                lastError: lane.health.lastError, nextAttempt: lane.nextAttempt, pausedUntil: lane.requestedPause)
        }
    }
}
