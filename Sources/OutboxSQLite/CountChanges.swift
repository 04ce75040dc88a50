internal import Domain
internal import GRDB

/// What a transaction changes in the running counts and in the rows of workflows. Written once, when the transaction
/// ends or needs to read them.
struct CountChanges {
    /// The row of a delivery, as far as counts depend on it.
    struct CountedDelivery {
        let workflow: Int64
        let registration: Int64
        let origin: Int64
        /// Size of the body.
        let bytes: Int
    }

    private struct Sums: Equatable {
        var pending = 0
        var bytes = 0
        var finished = 0

        /// Moves a delivery to those that are pending (1), or from them (-1).
        mutating func move(_ direction: Int, _ delivery: CountedDelivery) {
            pending += direction
            bytes += direction * delivery.bytes
        }
    }

    private struct WorkflowChange {
        /// The row that an acceptance changed; nil: only its counts change.
        var row: Workflow?
        var pending = 0
        var delivered = 0
        var failed = 0
        var lastActivityAt = Int64.min
    }

    private var totals = Sums()
    private var kept = 0
    private var keptBytes = 0
    private var droppedBodies = 0
    private var lastDelivery: Int64 = 0
    private var origins: [Int64: Sums] = [:]
    private var workflows: [Int64: WorkflowChange] = [:]
    /// Registrations whose credentials may be erased, if they have ended and have no other delivery.
    private var mayErase: Set<Int64> = []

    // MARK: Changes

    mutating func changed(_ workflow: Workflow, key: Int64) {
        workflows[key, default: WorkflowChange()].row = workflow
    }

    mutating func accepted(_ id: Int64, _ delivery: CountedDelivery) {
        lastDelivery = max(lastDelivery, id)
        move(1, delivery)
        workflows[delivery.workflow, default: WorkflowChange()].pending += 1
    }

    mutating func acceptedAsFailed(_ id: Int64, _ delivery: CountedDelivery) {
        lastDelivery = max(lastDelivery, id)
        finish(1, origin: delivery.origin)
        workflows[delivery.workflow, default: WorkflowChange()].failed += 1
    }

    /// - Parameter time: microseconds on the relay's time line.
    mutating func ended(_ delivery: CountedDelivery, delivered: Bool, at time: Int64, keepsBody: Bool) {
        move(-1, delivery)
        finish(1, origin: delivery.origin)
        var workflow = workflows[delivery.workflow] ?? WorkflowChange()
        workflow.pending -= 1
        workflow.delivered += delivered ? 1 : 0
        workflow.failed += delivered ? 0 : 1
        workflow.lastActivityAt = max(workflow.lastActivityAt, time)
        workflows[delivery.workflow] = workflow
        if keepsBody {
            kept += 1
            keptBytes += delivery.bytes
        } else {
            mayErase.insert(delivery.registration)
        }
    }

    mutating func redelivered(_ delivery: CountedDelivery) {
        move(1, delivery)
        finish(-1, origin: delivery.origin)
        kept -= 1
        keptBytes -= delivery.bytes
        var workflow = workflows[delivery.workflow] ?? WorkflowChange()
        workflow.pending += 1
        workflow.failed -= 1
        workflows[delivery.workflow] = workflow
    }

    mutating func droppedBody(_ delivery: CountedDelivery) {
        kept -= 1
        keptBytes -= delivery.bytes
        droppedBodies += 1
        mayErase.insert(delivery.registration)
    }

    /// A delivery is no longer in the history.
    mutating func leftHistory(origin: Int64) { finish(-1, origin: origin) }

    private mutating func move(_ direction: Int, _ delivery: CountedDelivery) {
        totals.move(direction, delivery)
        origins[delivery.origin, default: Sums()].move(direction, delivery)
    }

    private mutating func finish(_ direction: Int, origin: Int64) {
        totals.finished += direction
        origins[origin, default: Sums()].finished += direction
    }

    // MARK: Writing

    mutating func write(_ db: Database) throws {
        let isChanged = totals != Sums() || kept != 0 || keptBytes != 0 || droppedBodies > 0 || lastDelivery > 0
        if isChanged { try writeTotals(db) }
        if !workflows.isEmpty { try writeWorkflows(db) }
        if !origins.isEmpty { try writeOrigins(db) }
        if !mayErase.isEmpty { try erase(db) }
        self = CountChanges()
    }

    private func writeTotals(_ db: Database) throws {
        try BoundStatement(
            db,
            """
            UPDATE totals
            SET pending = pending + ?, bytes = bytes + ?, finished = finished + ?, kept = kept + ?,
                kept_bytes = kept_bytes + ?, erased = erased + ?, last_delivery = max(last_delivery, ?)
            """
        ).run(
            .integer(totals.pending), .integer(totals.bytes), .integer(totals.finished), .integer(kept),
            .integer(keptBytes), .integer(droppedBodies), .integer(lastDelivery))
    }

    private func writeWorkflows(_ db: Database) throws {
        let counts = try BoundStatement(
            db,
            """
            UPDATE workflows
            SET pending = pending + ?2, delivered = delivered + ?3, failed = failed + ?4,
                last_activity_at = max(last_activity_at, ?5)
            WHERE key = ?1
            """)
        let rows = try BoundStatement(
            db,
            """
            UPDATE workflows
            SET pending = pending + ?2, delivered = delivered + ?3, failed = failed + ?4,
                last_activity_at = max(last_activity_at, ?5), last_sequence = ?6, completed_at = ?7,
                requested_completion = ?8, completion_sequence = ?9
            WHERE key = ?1
            """)
        for (key, change) in workflows {
            guard let row = change.row else {
                try counts.run(
                    .integer(key), .integer(change.pending), .integer(change.delivered), .integer(change.failed),
                    .integer(change.lastActivityAt))
                continue
            }
            try rows.run(
                .integer(key), .integer(change.pending), .integer(change.delivered), .integer(change.failed),
                .integer(max(change.lastActivityAt, row.lastActivityAt.microseconds)),
                .integer(row.lastSequence.rawValue), .init(row.completedAt?.microseconds),
                .init(row.requestedCompletion?.rawValue), .init(row.completionSequence?.rawValue))
        }
    }

    private func writeOrigins(_ db: Database) throws {
        let statement = try BoundStatement(
            db,
            "UPDATE origins SET pending = pending + ?2, bytes = bytes + ?3, finished = finished + ?4 WHERE key = ?1")
        for (key, sums) in origins {
            try statement.run(.integer(key), .integer(sums.pending), .integer(sums.bytes), .integer(sums.finished))
        }
    }

    /// Triggers erase the credentials of an ended registration if no delivery needs them.
    private func erase(_ db: Database) throws {
        let statement = try BoundStatement(db, "UPDATE registrations SET ended = 1 WHERE id = ? AND ended = 1")
        for id in mayErase { try statement.run(.integer(id)) }
    }
}
