package import Domain
internal import Foundation
internal import GRDB
package import Outbox
internal import UnixSocket

/// The outbox on disk: what it accepted survives a kill of the process and a power cut.
///
/// One connection writes, through ``TransactionQueue``. Others read concurrently and see what is committed.
package final class SQLiteOutbox: OutboxRoles {
    /// Ids that one transaction loads or drops.
    private static let slice = 500

    /// What opening found.
    package let openReport: OpenReport
    let pool: DatabasePool
    let queue: TransactionQueue
    /// A separate connection, so that status queries never occupy the reading connections of intake and dispatching.
    private let history: HistoryConnection
    private let time: any TimeSource
    let space: SpaceKeeper
    private let reserve: DiskReserve
    private let path: String
    /// The files without which the next start would not find what is stored.
    private let pins: [FilePin]
    private let keepsFailed: Bool

    /// Opens the file, or creates it; its directory must exist.
    ///
    /// - Parameters:
    ///   - keepsFailed: whether the bodies of failed deliveries are kept for a redelivery.
    ///   - committed: called after every durable transaction, on the writer's thread.
    package init(
        path: String, keepsFailed: Bool = false, time: any TimeSource = SystemTime(),
        committed: @escaping @Sendable (CommitReport) -> Void = { _ in }
    ) throws {
        self.path = path
        self.keepsFailed = keepsFailed
        self.time = time
        reserve = DiskReserve(outbox: path)
        try? reserve.restore()
        let opened = try Self.open(path, reserve)
        pins = try [path, path + "-wal"].map { try FilePin(path: $0) }
        pool = opened.pool
        history = HistoryConnection(
            try DatabaseQueue(path: path, configuration: OutboxConnection.readOnly), time: time)
        queue = TransactionQueue(
            pool: opened.pool, reserve: reserve, totals: opened.totals, time: time, committed: committed)
        space = SpaceKeeper(pool: opened.pool, queue: queue, time: time, erased: opened.totals.erased)
        openReport = OpenReport(
            setAside: opened.setAside, pending: opened.totals.pending, pendingBytes: opened.totals.bytes)
    }

    /// Opening the file needs some space, and only deliveries free space. So on a full disk this uses the reserve.
    private static func open(_ path: String, _ reserve: DiskReserve) throws -> OutboxFile.Opened {
        do {
            return try OutboxFile(path: path).open()
        } catch  where Self.isDiskFull(error) {
            guard reserve.giveUp() else { throw error }
            return try OutboxFile(path: path).open()
        }
    }

    package func verifyStorage() throws {
        if pins.allSatisfy(\.isInPlace) { return }
        // Closing the connections would delete another outbox's log at the same path. So they stay open.
        _ = unsafe Unmanaged.passRetained(pool)
        _ = unsafe Unmanaged.passRetained(history.connection)
        let error = OutboxError.removed(path: path)
        queue.fail(error)
        throw error
    }

    /// Finishes the work in progress, empties the write-ahead log and closes the file.
    package func close() async throws {
        await queue.close()
        if queue.isFailed { return }
        try? await space.emptyLog()
        try history.connection.close()
        try pool.close()
    }

    // MARK: Writing

    package func accept<Value: Sendable>(
        _ query: IntakeQuery, deciding decide: @escaping @Sendable (Knowledge) throws -> (Acceptance, Value)
    ) async throws -> Value {
        do {
            return try await commit(query, deciding: decide)
        } catch  where Self.isDiskFull(error) && !query.redelivers {
            // The next call has more room. What matters to the caller is that this one failed.
            try? await dropKeptBodies()
            throw error
        }
    }

    private static func isDiskFull(_ error: any Error) -> Bool {
        switch error as? OutboxError {
        case .diskFull, .noRoomToMigrate: return true
        case nil: break
        default: return false
        }
        return (error as? DatabaseError)?.resultCode.primaryResultCode == .SQLITE_FULL
    }

    /// Drops a slice of the kept bodies, and returns their space to the file system.
    private func dropKeptBodies() async throws {
        guard queue.committedTotals.kept > 0 else { return }
        try await queue.perform { transaction in
            let kept = KeptBodies(transaction: transaction)
            for body in try kept.first(Self.slice) { try kept.drop(body) }
        }
        // In the background: a call that has failed must not wait for it.
        Task { try? await space.giveBackAll() }
    }

    private func commit<Value: Sendable>(
        _ query: IntakeQuery, deciding decide: @escaping @Sendable (Knowledge) throws -> (Acceptance, Value)
    ) async throws -> Value {
        try await ensureReserve()
        let decided: Result<Value, any Error> = try await queue.perform(mayUseReserve: false) { transaction in
            try transaction.writeCounts()
            var reader = KnowledgeReader(transaction.db)
            let knowledge = try reader.read(query)
            let decision: (acceptance: Acceptance, value: Value)
            do {
                decision = try decide(knowledge)
            } catch {
                // Nothing has been written: other work in the transaction need not be repeated.
                return .failure(error)
            }
            var writer = try AcceptanceWriter(transaction, workflowKeys: reader.keys)
            try writer.add(decision.acceptance)
            return .success(decision.value)
        }
        return try decided.get()
    }

    package func dueCompletions(limit: Int) async throws -> [CorrelationID] {
        try await pool.read { try KnowledgeReader.dueCompletions(limit: limit, $0) }
    }

    package func verifyWritable() async throws {
        try await ensureReserve()
        try await queue.perform(mayUseReserve: false) { transaction in
            // Two changes that cancel out, because SQLite writes nothing for an update to the same value.
            try transaction.db.execute(
                sql: "UPDATE totals SET finished = finished + 1; UPDATE totals SET finished = finished - 1")
        }
    }

    private func ensureReserve() async throws {
        if reserve.isThere { return }
        do {
            try await restoreReserve()
        } catch {
            // The write-ahead log may use the space of the reserve.
            try? await space.emptyLog()
            try await restoreReserve()
        }
    }

    /// On the writer's queue, because the disk may block.
    private func restoreReserve() async throws {
        try await pool.writeWithoutTransaction { [reserve] _ in try reserve.restore() }
    }

    package func record(_ records: [AttemptRecord]) async throws {
        // In an ordered workflow, the next delivery waits until this is recorded.
        let isUrgent = records.contains { $0.delivery.registration.ordering == .ordered }
        do {
            try await record(records, isUrgent: isUrgent, keepsFailed: keepsFailed)
        } catch  where keepsFailed && Self.isDiskFull(error) {
            // Keeping a body takes space.
            try await record(records, isUrgent: isUrgent, keepsFailed: false)
        }
    }

    private func record(_ records: [AttemptRecord], isUrgent: Bool, keepsFailed: Bool) async throws {
        try await queue.perform(isUrgent: isUrgent, weight: records.count) { transaction in
            let writer = try RecordWriter(transaction, keepsFailed: keepsFailed)
            for record in records { try writer.add(record) }
        }
    }

    package func expire(_ retention: Retention, now: SteadyTime) async throws {
        try await Expiry(pool: pool, queue: queue, retention: retention, now: now).run()
        try await space.tidy()
    }

    package func keep(_ mark: ClockMark) async throws {
        try await queue.perform(mayUseReserve: false) { try BootRows.keep(mark, $0.db) }
    }

    // MARK: Reading

    package func latestActivity() async throws -> SteadyTime? {
        try await pool.read { try $0.row("SELECT max(last_activity_at) FROM workflows", [])?.time(0) }
    }

    package func clockMarks() async throws -> [ClockMark] { try await pool.read { try BootRows.read($0) } }

    package func load(_ ids: [DeliveryID]) async throws -> [Delivery] {
        var found: [Delivery] = []
        var rest = ids[...]
        while !rest.isEmpty {
            let slice = rest.prefix(Self.slice)
            found += try await pool.read { db in
                var reader = PendingReader(db)
                return try reader.load(slice)
            }
            rest = rest.dropFirst(Self.slice)
        }
        return found
    }

    package func predecessors(of ids: [DeliveryID]) async throws -> [DeliveryID: DeliveryID] {
        try await pool.read { try PendingReader.predecessors(of: ids, $0) }
    }

    package func pendingOrigins() async throws -> [Origin] { try await pool.read { try PendingReader.origins($0) } }

    package func latestOutcomes(ofLast count: Int) async throws -> [OriginOutcome] {
        try await pool.read { try PendingReader.latestOutcomes(ofLast: count, $0) }
    }

    package func pending(to origin: Origin, after id: DeliveryID, limit: Int) async throws -> [PendingTicket] {
        try await pool.read { try PendingReader.tickets(to: origin, after: id, limit: limit, $0) }
    }

    package func figures() -> OutboxFigures { queue.committedTotals.figures }

    package func workflows(_ query: WorkflowQuery) async throws -> WorkflowPage {
        try await history.query { try await HistoryPages(connection: history).workflows(query) }
    }

    package func history(of correlationID: CorrelationID, _ query: HistoryQuery) async throws -> WorkflowHistory? {
        try await history.query { try await HistoryPages(connection: history).history(of: correlationID, query) }
    }
}
