internal import DequeModule
package import Events
internal import Synchronization

/// The outbox of `--ephemeral`: lives and dies with the process.
package final class MemoryOutbox: Outbox {
    private let contents = Mutex(Contents())

    package init() {}

    package func lastIDs() -> OutboxIDs {
        contents.withLock { OutboxIDs(delivery: $0.lastDelivery, registration: $0.lastRegistration) }
    }

    package func lookUp(_ workflows: Set<CorrelationID>, _ artifacts: [ArtifactKey]) -> Knowledge {
        contents.withLock { contents in
            var knowledge = Knowledge()
            for id in workflows { knowledge.workflows[id] = contents.workflows[id]?.workflow }
            for key in artifacts where contents.workflows[key.correlationID]?.accepted[key.artifactID] != nil {
                knowledge.accepted.insert(key)
            }
            return knowledge
        }
    }

    package func commit(_ acceptance: Acceptance) { contents.withLock { $0.add(acceptance) } }

    package func load(_ ids: [DeliveryID]) -> [Delivery] {
        contents.withLock { contents in ids.compactMap { contents.pending[$0] } }
    }

    package func pendingOrigins() -> [Origin] { contents.withLock { $0.pendingOrigins() } }

    package func pending(to origin: Origin, after id: DeliveryID, limit: Int) -> [PendingTicket] {
        contents.withLock { $0.pending(to: origin, after: id, limit: limit) }
    }

    package func pendingBytes(to origin: Origin) -> Int {
        contents.withLock { $0.lanes[origin]?.bytes ?? 0 }
    }

    package func record(_ records: [AttemptRecord]) {
        contents.withLock { contents in
            for record in records { contents.record(record) }
        }
    }

    package func expire(_ retention: Retention, now: WallTime) {
        contents.withLock { $0.expire(retention, now: now) }
    }

    package func figures() -> OutboxFigures { contents.withLock { $0.figures() } }

    package func workflows(_ filter: WorkflowFilter, limit: Int) -> [WorkflowSummary] {
        contents.withLock { $0.summaries(filter, limit: limit) }
    }

    package func history(of correlationID: CorrelationID) -> WorkflowHistory? {
        contents.withLock { $0.history(of: correlationID) }
    }
}

/// What the memory outbox holds.
private struct Contents {
    /// A workflow and where its deliveries are.
    struct WorkflowEntry {
        var workflow: Workflow
        /// Every artifact accepted, also those whose history is gone.
        var accepted: [ArtifactID: DeliveryID] = [:]
        var delivered = 0
        var failed = 0
    }

    var workflows: [CorrelationID: WorkflowEntry] = [:]
    var pending: [DeliveryID: Delivery] = [:]
    var lastDelivery = DeliveryID(0)
    var lastRegistration = RegistrationID(0)
    private var histories: [DeliveryID: DeliveryHistory] = [:]
    /// Finished deliveries, the first to finish first.
    private var finished: Deque<(delivery: DeliveryID, at: WallTime)> = []
    /// What is pending for one origin.
    struct PendingLane {
        var bytes = 0
        var count = 0
        /// In rising order; those that are final are dropped when the front passes them.
        var ids: Deque<DeliveryID> = []
    }

    private(set) var lanes: [Origin: PendingLane] = [:]
    /// Nothing before this id is pending.
    private var firstPending = DeliveryID(1)

    mutating func add(_ acceptance: Acceptance) {
        for workflow in acceptance.workflows { adopt(workflow) }
        for registration in acceptance.registrations { lastRegistration = registration.id }
        for delivery in acceptance.deliveries {
            lastDelivery = delivery.id
            workflows[delivery.correlationID]?.accepted[delivery.artifactID] = delivery.id
            histories[delivery.id] = DeliveryHistory(
                sequence: delivery.sequence, artifactID: delivery.artifactID, artifactType: delivery.artifactType,
                origin: delivery.registration.url.origin, receivedAt: delivery.receivedAt, state: .pending,
                attempts: [], nextAttemptAt: nil)
            workflows[delivery.correlationID]?.workflow.pending += 1
            enqueue(delivery)
            if let error = acceptance.failedAtOnce[delivery.id] {
                finish(delivery, as: .failed(error), at: delivery.receivedAt)
            }
        }
    }

    /// Takes a workflow's new state, but for `pending`: deliveries may have ended since the state was worked out.
    private mutating func adopt(_ workflow: Workflow) {
        var entry = workflows[workflow.correlationID] ?? WorkflowEntry(workflow: workflow)
        let pending = workflows[workflow.correlationID]?.workflow.pending ?? 0
        entry.workflow = workflow
        entry.workflow.pending = pending
        workflows[workflow.correlationID] = entry
    }

    private mutating func enqueue(_ delivery: Delivery) {
        pending[delivery.id] = delivery
        lanes[delivery.registration.url.origin, default: PendingLane()].bytes += delivery.body.count
        lanes[delivery.registration.url.origin]?.count += 1
        lanes[delivery.registration.url.origin]?.ids.append(delivery.id)
    }

    mutating func record(_ record: AttemptRecord) {
        let id = record.delivery.id
        histories[id]?.attempts.append(record.attempt)
        histories[id]?.nextAttemptAt = record.nextAttemptAt
        switch record.verdict {
        case .retry: break
        case .delivered: finish(record.delivery, as: .delivered, at: record.endedAt)
        case .failed(let error): finish(record.delivery, as: .failed(error), at: record.endedAt)
        }
    }

    private mutating func finish(_ delivery: Delivery, as state: DeliveryState, at time: WallTime) {
        guard pending.removeValue(forKey: delivery.id) != nil else { return }
        dequeue(delivery)
        histories[delivery.id]?.state = state
        finished.append((delivery.id, time))
        workflows[delivery.correlationID]?.workflow.pending -= 1
        workflows[delivery.correlationID]?.workflow.lastActivityAt = time
        if state == .delivered {
            workflows[delivery.correlationID]?.delivered += 1
        } else {
            workflows[delivery.correlationID]?.failed += 1
        }
    }

    private mutating func dequeue(_ delivery: Delivery) {
        let origin = delivery.registration.url.origin
        guard var lane = lanes.removeValue(forKey: origin) else { return }
        lane.bytes -= delivery.body.count
        lane.count -= 1
        while let first = lane.ids.first, pending[first] == nil { lane.ids.removeFirst() }
        if lane.count > 0 { lanes[origin] = lane }
    }

    // MARK: Recovery

    func pendingOrigins() -> [Origin] { Array(lanes.keys) }

    func pending(to origin: Origin, after id: DeliveryID, limit: Int) -> [PendingTicket] {
        guard let ids = lanes[origin]?.ids else { return [] }
        let found = ids[firstIndex(in: ids, after: id)...].lazy.compactMap { pending[$0] }.prefix(limit)
        return found.map { delivery in
            var ticket = delivery.ticket
            ticket.attempts = histories[delivery.id]?.attempts.count ?? 0
            return PendingTicket(ticket: ticket, nextAttemptAt: histories[delivery.id]?.nextAttemptAt)
        }
    }

    private func firstIndex(in ids: Deque<DeliveryID>, after id: DeliveryID) -> Int {
        var (low, high) = (0, ids.count)
        while low < high {
            let middle = (low + high) / 2
            if ids[middle] <= id { low = middle + 1 } else { high = middle }
        }
        return low
    }

    // MARK: Retention and views

    mutating func expire(_ retention: Retention, now: WallTime) {
        while let oldest = finished.first,
            finished.count > retention.historyMaxDeliveries || now - oldest.at > retention.historyMaxAge
        {
            histories[oldest.delivery] = nil
            finished.removeFirst()
        }
        for (id, entry) in workflows where entry.workflow.pending == 0 {
            if now - entry.workflow.lastActivityAt > retention.registrationTTL {
                workflows[id]?.workflow.registration = nil
            }
            let lastNumbered = entry.workflow.lastArtifactAt ?? entry.workflow.lastActivityAt
            if workflows[id]?.workflow.registration == nil && now - lastNumbered > retention.numbering {
                workflows[id] = nil
            }
        }
    }

    mutating func figures() -> OutboxFigures {
        while firstPending <= lastDelivery, pending[firstPending] == nil {
            firstPending = DeliveryID(firstPending.rawValue + 1)
        }
        var figures = OutboxFigures()
        figures.pending = pending.count
        figures.bytes = lanes.values.reduce(0) { $0 + $1.bytes }
        figures.registrations = workflows.values.count { $0.workflow.registration != nil }
        figures.oldestPendingSince = pending[firstPending]?.receivedAt
        return figures
    }

    func summaries(_ filter: WorkflowFilter, limit: Int) -> [WorkflowSummary] {
        let all = workflows.values.map(summary).filter { summary in
            filter == .all || summary.isActive == (filter == .active)
        }
        return Array(all.sorted { $0.workflow.lastActivityAt > $1.workflow.lastActivityAt }.prefix(limit))
    }

    func history(of correlationID: CorrelationID) -> WorkflowHistory? {
        guard let entry = workflows[correlationID] else { return nil }
        let deliveries = entry.accepted.values.sorted().compactMap { histories[$0] }
        return WorkflowHistory(summary: summary(entry), deliveries: deliveries)
    }

    private func summary(_ entry: WorkflowEntry) -> WorkflowSummary {
        WorkflowSummary(workflow: entry.workflow, delivered: entry.delivered, failed: entry.failed)
    }
}
