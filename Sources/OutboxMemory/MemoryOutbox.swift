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

    // MARK: Status, in slices, between which other queries of the same thread proceed

    package func workflows(_ query: WorkflowQuery) async throws -> WorkflowPage {
        var found: [(place: WorkflowPlace, summary: WorkflowSummary)] = []
        var start: WorkflowPlace? = query.after ?? .start
        while let current = start, found.count <= query.limit {
            let slice = contents.withLock {
                $0.workflows(query, after: current, count: query.limit + 1 - found.count)
            }
            found += slice.found
            start = slice.end
            try await Self.pause()
        }
        let page = found.prefix(query.limit)
        return WorkflowPage(
            workflows: page.map(\.summary), next: found.count > query.limit ? page.last?.place : nil)
    }

    package func history(of id: CorrelationID, _ query: HistoryQuery) async throws -> WorkflowHistory? {
        let found = try await deliveries(of: id, query.state, from: query.from, limit: query.limit + 1)
        let first = try await deliveries(of: id, nil, from: SequenceNumber(1), limit: 1).first
        let ranges = try await ranges(of: id, query.ranges)
        guard let (summary, shown) = contents.withLock({ $0.summary(of: id) }) else { return nil }
        return WorkflowHistory(
            summary: summary, deliveries: Array(found.prefix(query.limit)),
            next: found.count > query.limit ? found.last?.sequence : nil, first: first?.sequence,
            gaps: Int(summary.workflow.lastSequence.rawValue) - shown, ranges: ranges)
    }

    private func deliveries(
        of id: CorrelationID, _ state: HistoryQuery.State?, from: SequenceNumber, limit: Int
    ) async throws -> [DeliveryHistory] {
        var found: [DeliveryHistory] = []
        var start: SequenceNumber? = from
        while let current = start, found.count < limit {
            let slice = contents.withLock {
                $0.deliveries(of: id, state, from: current, count: limit - found.count)
            }
            found += slice.found
            start = slice.end
            try await Self.pause()
        }
        return found
    }

    private func ranges(of id: CorrelationID, _ count: Int) async throws -> [DeliveryRange] {
        guard count > 0, let summary = contents.withLock({ $0.summary(of: id) })?.summary else { return [] }
        let last = summary.workflow.lastSequence.rawValue
        var ranges = DeliveryRange.dividing(last, into: count)
        var start: SequenceNumber? = ranges.isEmpty ? nil : SequenceNumber(1)
        while let current = start {
            start = contents.withLock { $0.count(id, in: &ranges, last: last, from: current) }
            try await Self.pause()
        }
        return ranges
    }

    /// Lets other work of the thread proceed, and ends a query whose client has gone.
    private static func pause() async throws {
        try Task.checkCancellation()
        await Task.yield()
    }
}
