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
    private var pendingBytes = 0
    /// Nothing before this id is pending.
    private var firstPending = DeliveryID(1)

    mutating func add(_ acceptance: Acceptance) {
        for workflow in acceptance.workflows {
            workflows[workflow.correlationID, default: WorkflowEntry(workflow: workflow)].workflow = workflow
        }
        for registration in acceptance.registrations { lastRegistration = registration.id }
        for delivery in acceptance.deliveries {
            pending[delivery.id] = delivery
            pendingBytes += delivery.body.count
            lastDelivery = delivery.id
            workflows[delivery.correlationID]?.accepted[delivery.artifactID] = delivery.id
            histories[delivery.id] = DeliveryHistory(
                sequence: delivery.sequence, artifactID: delivery.artifactID, artifactType: delivery.artifactType,
                origin: delivery.registration.url.origin, receivedAt: delivery.receivedAt, state: .pending,
                attempts: [], nextAttemptAt: nil)
        }
    }

    mutating func record(_ record: AttemptRecord) {
        let id = record.delivery.id
        histories[id]?.attempts.append(record.attempt)
        histories[id]?.nextAttemptAt = record.nextAttemptAt
        switch record.verdict {
        case .retry: break
        case .delivered: finish(record, as: .delivered)
        case .failed(let error): finish(record, as: .failed(error))
        }
    }

    private mutating func finish(_ record: AttemptRecord, as state: DeliveryState) {
        let delivery = record.delivery
        guard pending.removeValue(forKey: delivery.id) != nil else { return }
        pendingBytes -= delivery.body.count
        histories[delivery.id]?.state = state
        finished.append((delivery.id, record.endedAt))
        workflows[delivery.correlationID]?.workflow.pending -= 1
        workflows[delivery.correlationID]?.workflow.lastActivityAt = record.endedAt
        if state == .delivered {
            workflows[delivery.correlationID]?.delivered += 1
        } else {
            workflows[delivery.correlationID]?.failed += 1
        }
    }

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
        figures.bytes = pendingBytes
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
