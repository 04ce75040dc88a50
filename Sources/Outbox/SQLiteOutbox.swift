package import Events
internal import Foundation
internal import GRDB

/// The outbox on disk: what it took survives a kill of the process and a cut of the power.
///
/// One connection writes, through ``TransactionQueue``; others read beside it and see what is committed.
package final class SQLiteOutbox: Outbox {
    /// Ids that one reading transaction loads.
    private static let loadSlice = 500

    /// What opening found.
    package let openReport: OpenReport
    let pool: DatabasePool
    let queue: TransactionQueue
    let space: SpaceKeeper
    private let reserve: DiskReserve

    /// Opens the file, or makes it; its directory must be there.
    ///
    /// - Parameter committed: hears of every durable transaction, on the writer's thread.
    package init(path: String, committed: @escaping @Sendable (CommitReport) -> Void = { _ in }) throws {
        reserve = DiskReserve(outbox: path)
        try? reserve.restore()
        let opened = try Self.open(path, reserve)
        pool = opened.pool
        queue = TransactionQueue(pool: opened.pool, reserve: reserve, totals: opened.totals, committed: committed)
        space = SpaceKeeper(pool: opened.pool, queue: queue, erased: opened.totals.erased)
        openReport = OpenReport(
            setAside: opened.setAside, pending: opened.totals.pending, pendingBytes: opened.totals.bytes)
    }

    /// Even to open the file takes some space, and delivering is what frees it: a full disk gives up the reserve.
    private static func open(_ path: String, _ reserve: DiskReserve) throws -> OutboxFile.Opened {
        do {
            return try OutboxFile(path: path).open()
        } catch let error as DatabaseError where error.resultCode.primaryResultCode == .SQLITE_FULL {
            guard reserve.giveUp() else { throw error }
            return try OutboxFile(path: path).open()
        }
    }

    /// Lets the work that was taken end, empties the write-ahead log and closes the file.
    package func close() async throws {
        await queue.close()
        try? await space.emptyLog()
        try pool.close()
    }

    // MARK: Writing

    package func commit(_ acceptance: Acceptance) async throws {
        try await ensureReserve()
        try await queue.perform(mayUseReserve: false) { db in
            var writer = AcceptanceWriter(db)
            try writer.add(acceptance)
        }
    }

    package func probe() async throws {
        try await ensureReserve()
        try await queue.perform(mayUseReserve: false) { db in
            // Two changes that come to none: SQLite writes nothing for an update to the same value.
            try db.execute(
                sql: "UPDATE totals SET finished = finished + 1; UPDATE totals SET finished = finished - 1")
        }
    }

    private func ensureReserve() async throws {
        do {
            try reserve.restore()
        } catch {
            // The log may be what stands in its place.
            try? await space.emptyLog()
            try reserve.restore()
        }
    }

    package func record(_ records: [AttemptRecord]) async throws {
        // In an ordered workflow, the next one waits for this to be recorded.
        let hasTime = !records.contains { $0.delivery.registration.ordering == .ordered }
        try await queue.perform(hasTime: hasTime) { db in
            for record in records { try RecordWriter(db: db).add(record) }
        }
    }

    package func expire(_ retention: Retention, now: WallTime) async throws {
        try await Expiry(pool: pool, queue: queue, retention: retention, now: now).run()
        try await space.tidy()
    }

    // MARK: Reading

    package func lastIDs() async throws -> OutboxIDs {
        try await pool.read { db in
            guard let row = try db.row("SELECT last_delivery, last_registration FROM totals", []) else {
                throw OutboxError.damaged("the row of totals is missing")
            }
            return OutboxIDs(delivery: DeliveryID(row[0]), registration: RegistrationID(row[1]))
        }
    }

    package func lookUp(_ workflows: Set<CorrelationID>, _ artifacts: [ArtifactKey]) async throws -> Knowledge {
        try await pool.read { db in
            var reader = KnowledgeReader(db)
            return try reader.read(workflows, artifacts)
        }
    }

    package func load(_ ids: [DeliveryID]) async throws -> [Delivery] {
        var found: [Delivery] = []
        var rest = ids[...]
        while !rest.isEmpty {
            let slice = rest.prefix(Self.loadSlice)
            found += try await pool.read { db in
                var reader = PendingReader(db)
                return try reader.load(slice)
            }
            rest = rest.dropFirst(Self.loadSlice)
        }
        return found
    }

    package func predecessors(of ids: [DeliveryID]) async throws -> [DeliveryID: DeliveryID] {
        try await pool.read { try PendingReader.predecessors(of: ids, $0) }
    }

    package func pendingOrigins() async throws -> [Origin] { try await pool.read { try PendingReader.origins($0) } }

    package func latestEnds(ofLast count: Int) async throws -> [Origin: DeliveryState] {
        try await pool.read { try PendingReader.latestEnds(ofLast: count, $0) }
    }

    package func pending(to origin: Origin, after id: DeliveryID, limit: Int) async throws -> [PendingTicket] {
        try await pool.read { try PendingReader.tickets(to: origin, after: id, limit: limit, $0) }
    }

    package func pendingBytes(to origin: Origin) async throws -> Int {
        try await pool.read { try PendingReader.bytes(to: origin, $0) }
    }

    package func figures() -> OutboxFigures { queue.committedTotals.figures }

    package func workflows(_ filter: WorkflowFilter, limit: Int) async throws -> [WorkflowSummary] {
        try await pool.read { db in
            var reader = HistoryReader(db)
            return try reader.workflows(filter, limit: limit)
        }
    }

    package func history(of correlationID: CorrelationID) async throws -> WorkflowHistory? {
        try await pool.read { db in
            var reader = HistoryReader(db)
            return try reader.history(of: correlationID)
        }
    }
}
