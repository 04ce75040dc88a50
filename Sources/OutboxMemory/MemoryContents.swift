internal import DequeModule
internal import Domain
internal import Outbox

/// The contents of the memory outbox.
struct MemoryContents {
    private static let maxClockMarks = 100
    /// Workflows or deliveries that a status query reads before it lets other work run.
    private static let slice = 1_000

    /// A workflow with the ids and counts of its deliveries.
    private struct WorkflowEntry {
        var workflow: Workflow
        var place: WorkflowPlace
        /// Every accepted artifact, including those deleted from the history.
        var accepted: [ArtifactID: DeliveryID] = [:]
        /// The same in the order of their sequence numbers, which begin with 1.
        var deliveries: [DeliveryID] = []
        /// Deliveries accepted for ordered delivery, by rising id. A final one is removed when it is the first.
        var ordered: Deque<DeliveryID> = []
        /// Number of deliveries in the history.
        var shown = 0
        var delivered = 0
        var failed = 0
        /// Those of the deliveries that failed, including those deleted from the history.
        var failedSequences: Set<SequenceNumber> = []
    }

    private var workflows: [CorrelationID: WorkflowEntry] = [:]
    private var order = ActivityOrder()
    /// Workflows with a completion to report and without pending deliveries.
    private var dueCompletions: Set<CorrelationID> = []
    private(set) var pending: [DeliveryID: Delivery] = [:]
    private var lastDelivery = DeliveryID(0)
    private var lastRegistration = RegistrationID(0)
    private var histories: [DeliveryID: DeliveryHistory] = [:]
    /// Finished deliveries without a body, in the order in which they finished.
    private var finished: Deque<FinishedDelivery> = []
    private let keepsFailed: Bool
    private var kept = KeptDeliveries()
    /// For pending deliveries that were redelivered: the attempts made before.
    private var attemptsBefore: [DeliveryID: Int] = [:]

    /// The pending deliveries of one origin.
    private struct PendingLane {
        var bytes = 0
        var count = 0
        /// By rising id. A final one is removed when it is the first.
        var ids: Deque<DeliveryID> = []
    }

    /// Bytes of the bodies of pending deliveries.
    private var pendingBytes = 0
    private var lanes: [Origin: PendingLane] = [:]
    /// No delivery before this id is pending.
    private var firstPending = DeliveryID(1)
    private(set) var clockMarks: [ClockMark] = []

    init(keepsFailed: Bool) { self.keepsFailed = keepsFailed }

    func knowledge(_ query: IntakeQuery) -> Knowledge {
        var knowledge = Knowledge(lastDelivery: lastDelivery, lastRegistration: lastRegistration)
        for id in query.workflows { knowledge.workflows[id] = workflows[id]?.workflow }
        knowledge.accepted = Set(
            query.artifacts.filter { workflows[$0.correlationID]?.accepted[$0.artifactID] != nil })
        let registered = knowledge.workflows.values.compactMap { $0.registration?.url.origin }
        for origin in query.origins.union(registered) {
            knowledge.pendingBytesByOrigin[origin] = lanes[origin]?.bytes ?? 0
        }
        knowledge.pendingBytes = pendingBytes
        knowledge.keptBytes = kept.bytes
        for id in query.redeliveredWorkflows.union(query.redeliveredSequences.keys) {
            knowledge.redeliveries[id] = workflows[id].map { redeliveries($0, query) }
        }
        for id in query.completions { knowledge.failedSequences[id] = workflows[id]?.failedSequences.sorted() }
        return knowledge
    }

    mutating func add(_ acceptance: Acceptance) {
        for workflow in acceptance.workflows { adopt(workflow) }
        for registration in acceptance.registrations { lastRegistration = registration.id }
        for ticket in acceptance.redelivered { redeliver(ticket.id) }
        for delivery in acceptance.deliveries {
            lastDelivery = delivery.id
            workflows[delivery.correlationID]?.accepted[delivery.artifactID] = delivery.id
            workflows[delivery.correlationID]?.deliveries.append(delivery.id)
            histories[delivery.id] = DeliveryHistory(
                sequence: delivery.sequence, artifactID: delivery.artifactID, artifactType: delivery.artifactType,
                origin: delivery.registration.url.origin, createdAt: delivery.createdAt,
                receivedAt: delivery.receivedAt, state: .pending, attempts: [], nextAttemptAt: nil)
            workflows[delivery.correlationID]?.shown += 1
            workflows[delivery.correlationID]?.workflow.pending += 1
            enqueue(delivery)
            if let error = acceptance.failedOnAcceptance[delivery.id] {
                finish(delivery, as: .failed(error), at: delivery.receivedAt, keepsBody: false)
            }
        }
        for workflow in acceptance.workflows { noteCompletion(of: workflow.correlationID) }
        if let max = acceptance.maxBytes { makeRoom(max: max) }
    }

    func dueCompletions(limit: Int) -> [CorrelationID] { Array(dueCompletions.prefix(limit)) }

    private mutating func noteCompletion(of id: CorrelationID) {
        if let workflow = workflows[id]?.workflow, workflow.requestedCompletion != nil, workflow.pending == 0 {
            dueCompletions.insert(id)
        } else {
            dueCompletions.remove(id)
        }
    }

    /// Stores a workflow's new state, except its pending count, which changes as deliveries are added.
    private mutating func adopt(_ workflow: Workflow) {
        let id = workflow.correlationID
        guard var entry = workflows.removeValue(forKey: id) else {
            var added = workflow
            added.pending = 0
            workflows[id] = WorkflowEntry(workflow: added, place: place(id, at: workflow.lastActivityAt))
            return
        }
        let known = entry.workflow
        entry.workflow = workflow
        entry.workflow.pending = known.pending
        entry.workflow.lastActivityAt = known.lastActivityAt
        noteActivity(of: &entry, at: workflow.lastActivityAt)
        workflows[id] = entry
    }

    private mutating func noteActivity(of entry: inout WorkflowEntry, at time: SteadyTime) {
        guard time > entry.workflow.lastActivityAt else { return }
        entry.workflow.lastActivityAt = time
        entry.place = place(entry.workflow.correlationID, at: time)
    }

    private mutating func place(_ id: CorrelationID, at time: SteadyTime) -> WorkflowPlace {
        order.add(id, at: time, count: workflows.count) { [workflows] in workflows[$1]?.place == $0 }
    }

    private mutating func enqueue(_ delivery: Delivery) {
        pending[delivery.id] = delivery
        if delivery.registration.ordering == .ordered {
            workflows[delivery.correlationID]?.ordered.insertSorted(delivery.id)
        }
        pendingBytes += delivery.body.count
        lanes[delivery.registration.url.origin, default: PendingLane()].bytes += delivery.body.count
        lanes[delivery.registration.url.origin]?.count += 1
        lanes[delivery.registration.url.origin]?.ids.insertSorted(delivery.id)
    }

    /// Ignores an attempt that is already recorded, or whose delivery is final, so that recording again is safe.
    mutating func record(_ record: AttemptRecord) {
        let id = record.delivery.id
        guard pending[id] != nil, record.attempt.number > histories[id]?.attempts.last?.number ?? 0 else { return }
        histories[id]?.attempts.append(record.attempt)
        histories[id]?.nextAttemptAt = record.nextAttemptAt?.steady
        switch record.verdict {
        case .retry: break
        case .delivered: finish(record.delivery, as: .delivered, at: record.endedAt.steady, keepsBody: false)
        case .failed(let error):
            finish(record.delivery, as: .failed(error), at: record.endedAt.steady, keepsBody: keepsFailed)
        }
    }

    private mutating func finish(
        _ delivery: Delivery, as state: DeliveryState, at time: SteadyTime, keepsBody: Bool
    ) {
        // A record need not hold the body, whose size counts.
        guard let stored = pending.removeValue(forKey: delivery.id) else { return }
        dequeue(stored)
        attemptsBefore[delivery.id] = nil
        histories[delivery.id]?.state = state
        histories[delivery.id]?.endedAt = time
        if keepsBody {
            kept.add(stored, failedAt: time)
        } else {
            finished.append(FinishedDelivery(delivery: delivery.id, workflow: delivery.correlationID, at: time))
        }
        guard var entry = workflows.removeValue(forKey: delivery.correlationID) else { return }
        entry.workflow.pending -= 1
        noteActivity(of: &entry, at: time)
        if state == .delivered {
            entry.delivered += 1
        } else {
            entry.failed += 1
            entry.failedSequences.insert(delivery.sequence)
        }
        while let first = entry.ordered.first, pending[first] == nil { entry.ordered.removeFirst() }
        workflows[delivery.correlationID] = entry
        noteCompletion(of: delivery.correlationID)
    }

    private mutating func dequeue(_ delivery: Delivery) {
        let origin = delivery.registration.url.origin
        guard var lane = lanes.removeValue(forKey: origin) else { return }
        pendingBytes -= delivery.body.count
        lane.bytes -= delivery.body.count
        lane.count -= 1
        while let first = lane.ids.first, pending[first] == nil { lane.ids.removeFirst() }
        if lane.count > 0 { lanes[origin] = lane }
    }

    // MARK: Redelivery

    private func redeliveries(_ entry: WorkflowEntry, _ query: IntakeQuery) -> [SequenceNumber: Redelivery] {
        let id = entry.workflow.correlationID
        let asksForAll = query.redeliveredWorkflows.contains(id)
        let sequences = query.redeliveredSequences[id] ?? []
        var found: [SequenceNumber: Redelivery] = [:]
        for id in entry.accepted.values {
            guard let history = histories[id] else { continue }
            let redelivery = redelivery(id, history)
            let isFailed = redelivery != .notNeeded
            if sequences.contains(history.sequence) || asksForAll && isFailed { found[history.sequence] = redelivery }
        }
        return found
    }

    private func redelivery(_ id: DeliveryID, _ history: DeliveryHistory) -> Redelivery {
        guard case .failed = history.state else { return .notNeeded }
        guard var ticket = kept[id]?.ticket else { return .gone }
        ticket.attempts = history.attempts.last?.number ?? 0
        ticket.attemptsBefore = ticket.attempts
        return .possible(ticket)
    }

    private mutating func redeliver(_ id: DeliveryID) {
        guard let delivery = kept.remove(id) else { return }
        attemptsBefore[id] = histories[id]?.attempts.last?.number
        histories[id]?.state = .pending
        histories[id]?.endedAt = nil
        workflows[delivery.correlationID]?.failed -= 1
        workflows[delivery.correlationID]?.failedSequences.remove(delivery.sequence)
        workflows[delivery.correlationID]?.workflow.pending += 1
        firstPending = min(firstPending, id)
        enqueue(delivery)
        noteCompletion(of: delivery.correlationID)
    }

    private mutating func makeRoom(max: Int) {
        while pendingBytes + kept.bytes > max, let oldest = kept.first { dropBody(oldest) }
    }

    /// The delivery stays in the history without its body.
    private mutating func dropBody(_ failed: FinishedDelivery) {
        _ = kept.remove(failed.delivery)
        let place = finished.firstIndex { $0.at > failed.at } ?? finished.endIndex
        finished.insert(failed, at: place)
    }

    // MARK: Recovery

    func pendingOrigins() -> [Origin] { Array(lanes.keys) }

    func pending(to origin: Origin, after id: DeliveryID, limit: Int) -> [PendingTicket] {
        guard let ids = lanes[origin]?.ids else { return [] }
        let found = ids[ids.firstIndex(after: id)...].lazy.compactMap { pending[$0] }.prefix(limit)
        return found.map { delivery in
            var ticket = delivery.ticket
            ticket.attempts = histories[delivery.id]?.attempts.last?.number ?? 0
            ticket.attemptsBefore = attemptsBefore[delivery.id] ?? 0
            return PendingTicket(ticket: ticket, nextAttemptAt: histories[delivery.id]?.nextAttemptAt)
        }
    }

    /// Searches from the end, so the first delivery found for an origin is its latest.
    func latestOutcomes(ofLast count: Int) -> [OriginOutcome] {
        let ended = kept.failed.isEmpty ? Array(finished) : (finished + kept.failed).sorted { $0.at < $1.at }
        let attempted = ended.reversed().lazy.compactMap { histories[$0.delivery] }.filter { !$0.attempts.isEmpty }
        var outcomes: [Origin: OriginOutcome] = [:]
        for history in attempted.prefix(count) where outcomes[history.origin] == nil {
            outcomes[history.origin] = OriginOutcome(
                origin: history.origin, state: history.state, isRetrying: isRetrying(history.origin))
        }
        return Array(outcomes.values)
    }

    private func isRetrying(_ origin: Origin) -> Bool {
        guard let oldest = lanes[origin]?.ids.first else { return false }
        return histories[oldest]?.attempts.last?.number ?? 0 > attemptsBefore[oldest] ?? 0
    }

    func predecessor(of id: DeliveryID) -> DeliveryID? {
        guard let delivery = pending[id], delivery.registration.ordering == .ordered,
            let ordered = workflows[delivery.correlationID]?.ordered
        else { return nil }
        let earlier = ordered[..<ordered.firstIndex(after: DeliveryID(id.rawValue - 1))]
        return earlier.last { id in pending[id].map { $0.registration != delivery.registration } ?? false }
    }

    // MARK: Retention and views

    var latestActivity: SteadyTime? { workflows.values.lazy.map(\.workflow.lastActivityAt).max() }

    mutating func keep(_ mark: ClockMark) {
        clockMarks.removeAll { $0.since == mark.since }
        clockMarks = (clockMarks + [mark]).suffix(Self.maxClockMarks)
    }

    mutating func expire(_ retention: Retention, now: SteadyTime) {
        while let oldest = kept.first,
            kept.failed.count > retention.historyMaxDeliveries || now - oldest.at > retention.keepFailed
        {
            dropBody(oldest)
        }
        while let oldest = finished.first,
            finished.count > retention.historyMaxDeliveries || now - oldest.at > retention.historyMaxAge
        {
            histories[oldest.delivery] = nil
            workflows[oldest.workflow]?.shown -= 1
            finished.removeFirst()
        }
        for (id, entry) in workflows where entry.workflow.pending == 0 && entry.workflow.requestedCompletion == nil {
            if hasEnded(entry.workflow, retention, now) { workflows[id]?.workflow.registration = nil }
            let isNumbered = now - entry.workflow.lastActivityAt <= retention.numbering
            if workflows[id]?.workflow.registration == nil && !isNumbered && entry.shown == 0 { workflows[id] = nil }
        }
    }

    private func hasEnded(_ workflow: Workflow, _ retention: Retention, _ now: SteadyTime) -> Bool {
        if now - workflow.lastActivityAt > retention.registrationTTL { return true }
        guard let completedAt = workflow.completedAt, let grace = retention.completionGrace else { return false }
        return now - completedAt > grace
    }

    mutating func figures() -> OutboxFigures {
        while firstPending <= lastDelivery, pending[firstPending] == nil {
            firstPending = DeliveryID(firstPending.rawValue + 1)
        }
        var figures = OutboxFigures()
        figures.pending = pending.count
        figures.bytes = pendingBytes
        figures.registrations = workflows.values.count { $0.workflow.registration != nil }
        figures.oldestPendingSince = pending[firstPending]?.receivedAt
        return figures
    }

    /// Looks at a slice of the workflows, in the order of their activity.
    ///
    /// - Parameter count: the most workflows to return.
    /// - Returns: those that the query asks for, and where the next slice begins; nil: there is none.
    func workflows(
        _ query: WorkflowQuery, after start: WorkflowPlace, count: Int
    ) -> (found: [(place: WorkflowPlace, summary: WorkflowSummary)], end: WorkflowPlace?) {
        let search = Array(query.search.utf8)
        let places = order.places(Self.slice, behind: start)
        let found = places.lazy.compactMap { place, id -> (WorkflowPlace, WorkflowSummary)? in
            guard let entry = workflows[id], entry.place == place, query.filter.includes(entry.workflow),
                search.isEmpty || id.rawValue.utf8.contains(search)
            else { return nil }
            return (place, summary(entry))
        }
        return (Array(found.prefix(count)), places.count == Self.slice ? places.last?.place : nil)
    }

    /// Looks at a slice of a workflow's deliveries.
    ///
    /// - Parameter count: the most deliveries to return.
    /// - Returns: those of the history that the query asks for, and where the next slice begins; nil: there is none.
    func deliveries(
        of id: CorrelationID, _ state: HistoryQuery.State?, from start: SequenceNumber, count: Int
    ) -> (found: [DeliveryHistory], end: SequenceNumber?) {
        let all = workflows[id]?.deliveries ?? []
        let slice = all.dropFirst(Int(start.rawValue) - 1).prefix(Self.slice)
        let found = slice.lazy.compactMap { histories[$0] }.filter { state == nil || $0.state.name == state?.rawValue }
        return (
            Array(found.prefix(count)), slice.endIndex < all.endIndex ? SequenceNumber(Int64(slice.endIndex) + 1) : nil
        )
    }

    /// Counts a slice of a workflow's deliveries in ranges of sequence numbers.
    ///
    /// - Returns: where the next slice begins; nil: there is none.
    func count(
        _ id: CorrelationID, in ranges: inout [DeliveryRange], last: Int64, from start: SequenceNumber
    ) -> SequenceNumber? {
        guard let entry = workflows[id] else { return nil }
        let slice = entry.deliveries.prefix(Int(last)).dropFirst(Int(start.rawValue) - 1).prefix(Self.slice)
        for (index, delivery) in zip(slice.indices, slice) {
            let sequence = SequenceNumber(Int64(index) + 1)
            let range = DeliveryRange.index(of: sequence.rawValue, last: last, count: ranges.count)
            if pending[delivery] != nil { ranges[range].pending += 1 }
            if entry.failedSequences.contains(sequence) { ranges[range].failed += 1 }
        }
        return slice.endIndex < Int(last) ? SequenceNumber(Int64(slice.endIndex) + 1) : nil
    }

    /// A workflow, and how many of its deliveries are in the history.
    func summary(of id: CorrelationID) -> (summary: WorkflowSummary, shown: Int)? {
        workflows[id].map { (summary($0), $0.shown) }
    }

    private func summary(_ entry: WorkflowEntry) -> WorkflowSummary {
        WorkflowSummary(workflow: entry.workflow, delivered: entry.delivered, failed: entry.failed)
    }
}
