internal import Domain
internal import GRDB
internal import Synchronization

/// Returns unused space of the file to the file system, and removes erased content from the write-ahead log.
final class SpaceKeeper: Sendable {
    /// How long one transaction returns pages. The time for a page depends on the order in which pages became free:
    /// from 3 µs to more than half a millisecond in a file of gigabytes.
    private static let slice: Duration = .milliseconds(10)
    /// Pause between two such transactions, for other work of the writer.
    private static let pause: Duration = .milliseconds(20)
    /// Pages (4 KiB each) that are returned between two checks of the clock.
    private static let step = 16
    /// Free pages that are kept for future writes.
    private static let spare = 1_024
    /// Milliseconds for which emptying the log waits for readers. The writer is blocked meanwhile.
    private static let busyTimeout = 250

    private let pool: DatabasePool
    private let queue: TransactionQueue
    private let time: any TimeSource
    /// `erased` of the totals when the log was last emptied.
    private let erased: Mutex<Int>

    init(pool: DatabasePool, queue: TransactionQueue, time: any TimeSource, erased: Int) {
        self.pool = pool
        self.queue = queue
        self.time = time
        self.erased = Mutex(erased)
    }

    func tidy() async throws {
        while try await queue.perform({ try CredentialsLog.tidy($0.db) }) { try Task.checkCancellation() }
        let erased = queue.committedTotals.erased
        if erased != self.erased.withLock({ $0 }) {
            try await emptyLog()
            self.erased.withLock { $0 = erased }
        }
        while try await giveBack(keeping: Self.spare) { try await time.sleep(for: Self.pause) }
    }

    /// Returns all free pages to the file system, for a disk that is full.
    func giveBackAll() async throws {
        while try await giveBack(keeping: nil) {}
        try await emptyLog()
    }

    /// Returns a slice of the free pages to the file system.
    ///
    /// - Parameter spare: the minimum of free pages to keep; a quarter of the used ones if that is more. nil: none.
    /// - Returns: whether there are more to return.
    private func giveBack(keeping spare: Int?) async throws -> Bool {
        try await queue.perform { transaction in
            let end = ContinuousClock.now + Self.slice
            while try Self.excess(transaction.db, spare) > 0 {
                if ContinuousClock.now > end { return true }
                try transaction.db.execute(sql: "PRAGMA incremental_vacuum(\(Self.step))")
            }
            return false
        }
    }

    private static func excess(_ db: Database, _ spare: Int?) throws -> Int {
        let free = try Int.fetchOne(db, sql: "PRAGMA freelist_count") ?? 0
        let pages = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
        return free - (spare.map { max($0, (pages - free) / 4) } ?? 0)
    }

    /// Copies the log into the file and truncates it.
    ///
    /// Throws `SQLITE_BUSY` if readers still use the log; a later call can succeed.
    func emptyLog() async throws {
        _ = try await pool.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA busy_timeout = \(Self.busyTimeout)")
            defer { try? db.execute(sql: "PRAGMA busy_timeout = 5000") }
            try db.checkpoint(.truncate)
        }
    }
}
