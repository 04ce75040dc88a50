package import Domain
package import Outbox
internal import Synchronization

/// The outbox of `--ephemeral`: its contents are lost when the process ends.
package final class MemoryOutbox: OutboxRoles {
    private let contents: Mutex<MemoryContents>

    /// - Parameter keepsFailed: whether the bodies of failed deliveries are kept for a redelivery.
    package init(keepsFailed: Bool = false) { contents = Mutex(MemoryContents(keepsFailed: keepsFailed)) }

    package func accept<Value: Sendable>(
        _ query: IntakeQuery, deciding decide: @Sendable (Knowledge) throws -> (Acceptance, Value)
    ) throws -> Value {
        try contents.withLock { contents in
            let (acceptance, value) = try decide(contents.knowledge(query))
            contents.add(acceptance)
            return value
        }
    }

    package func dueCompletions(limit: Int) -> [CorrelationID] {
        contents.withLock { $0.dueCompletions(limit: limit) }
    }

    package func verifyWritable() {}

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

    package func latestOutcomes(ofLast count: Int) -> [OriginOutcome] {
        contents.withLock { $0.latestOutcomes(ofLast: count) }
    }

    package func pending(to origin: Origin, after id: DeliveryID, limit: Int) -> [PendingTicket] {
        contents.withLock { $0.pending(to: origin, after: id, limit: limit) }
    }

    package func record(_ records: [AttemptRecord]) {
        contents.withLock { contents in
            for record in records { contents.record(record) }
        }
    }

    package func expire(_ retention: Retention, now: SteadyTime) {
        contents.withLock { $0.expire(retention, now: now) }
    }

    package func verifyStorage() {}

    package func latestActivity() -> SteadyTime? { contents.withLock { $0.latestActivity } }

    package func clockMarks() -> [ClockMark] { contents.withLock { $0.clockMarks } }

    package func keep(_ mark: ClockMark) { contents.withLock { $0.keep(mark) } }

    package func close() {}

    package func figures() -> OutboxFigures { contents.withLock { $0.figures() } }

    package func workflows(_ filter: WorkflowFilter, limit: Int) -> [WorkflowSummary] {
        contents.withLock { $0.summaries(filter, limit: limit) }
    }

    package func history(of correlationID: CorrelationID) -> WorkflowHistory? {
        contents.withLock { $0.history(of: correlationID) }
    }
}
