package import Events
internal import Synchronization

/// The outbox of `--ephemeral`: lives and dies with the process.
package final class MemoryOutbox: Outbox {
    private let contents = Mutex(MemoryContents())

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

    package func probe() {}

    package func commit(_ acceptance: Acceptance) { contents.withLock { $0.add(acceptance) } }

    package func load(_ ids: [DeliveryID]) -> [Delivery] {
        contents.withLock { contents in ids.compactMap { contents.pending[$0] } }
    }

    package func predecessors(of ids: [DeliveryID]) -> [DeliveryID: DeliveryID] {
        contents.withLock { contents in
            var found: [DeliveryID: DeliveryID] = [:]
            for id in ids { found[id] = contents.predecessor(of: id) }
            return found
        }
    }

    package func pendingOrigins() -> [Origin] { contents.withLock { $0.pendingOrigins() } }

    /// Nothing: it holds nothing from before the start, when this is asked.
    package func latestEnds(ofLast count: Int) -> [Origin: DeliveryState] { [:] }

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

    package func close() {}

    package func figures() -> OutboxFigures { contents.withLock { $0.figures() } }

    package func workflows(_ filter: WorkflowFilter, limit: Int) -> [WorkflowSummary] {
        contents.withLock { $0.summaries(filter, limit: limit) }
    }

    package func history(of correlationID: CorrelationID) -> WorkflowHistory? {
        contents.withLock { $0.history(of: correlationID) }
    }
}
