internal import GRDB
internal import Synchronization

/// Keeps the file as large as what it holds, and the write-ahead log free of what was erased.
final class SpaceKeeper: Sendable {
    /// Pages (4 KiB each) that one transaction gives back.
    private static let slice = 256
    /// Free pages that are left for what comes next.
    private static let spare = 1_024
    /// Milliseconds that emptying the log waits for readers while the writer stands still.
    private static let patience = 250

    private let pool: DatabasePool
    private let queue: TransactionQueue
    /// Secrets that had been erased when the log was last emptied.
    private let erased: Mutex<Int>

    init(pool: DatabasePool, queue: TransactionQueue, erased: Int) {
        self.pool = pool
        self.queue = queue
        self.erased = Mutex(erased)
    }

    func tidy() async throws {
        while try await queue.perform(ReceiverLog.tidy) {}
        while try await giveBack() {}
        let erased = queue.committedTotals.erased
        if erased == self.erased.withLock({ $0 }) { return }
        try await emptyLog()
        self.erased.withLock { $0 = erased }
    }

    /// Gives back a slice of the free pages, unless no more are free than a quarter of the rest.
    /// - Returns: whether there is more to give back.
    private func giveBack() async throws -> Bool {
        try await queue.perform { db in
            let free = try Int.fetchOne(db, sql: "PRAGMA freelist_count") ?? 0
            let pages = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
            let excess = free - max(Self.spare, (pages - free) / 4)
            if excess <= 0 { return false }
            try db.execute(sql: "PRAGMA incremental_vacuum(\(min(excess, Self.slice)))")
            return excess > Self.slice
        }
    }

    /// Copies the log into the file and cuts it to nothing.
    ///
    /// Throws `SQLITE_BUSY` if readers keep it; the next time will do.
    func emptyLog() async throws {
        _ = try await pool.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA busy_timeout = \(Self.patience)")
            defer { try? db.execute(sql: "PRAGMA busy_timeout = 5000") }
            try db.checkpoint(.truncate)
        }
    }
}
