internal import GRDB
internal import Synchronization

/// The one way to the writing connection: whatever gathers while a transaction runs goes into the next one together.
///
/// Nobody hears of success before the transaction that holds the work is durable, and every caller has its turn in
/// the next transaction, however busy the others are. What has time waits a little for the company of what has none:
/// each transaction has to reach the disk. A class with a lock, because continuations wait in it.
final class TransactionQueue: Sendable {
    /// How long work that has time waits for company.
    private static let patience = Duration.milliseconds(10)
    /// So many together are company enough.
    private static let company = 4

    private struct Member: Sendable {
        let hasTime: Bool
        /// Whether a full disk is to give up its reserve for this.
        let mayUseReserve: Bool
        /// Does the work; the returned closure tells the caller, once the transaction is durable.
        let attempt: @Sendable (Database) throws -> @Sendable () -> Void
        let fail: @Sendable (any Error) -> Void
    }

    private struct State {
        var waiting: [Member] = []
        var isRunning = false
        /// Somebody comes when patience is over.
        var isAlarmSet = false
        var isClosed = false
        var whenIdle: [CheckedContinuation<Void, Never>] = []

        /// Nothing runs: whether those who wait are to go now.
        var isTime: Bool {
            isClosed || waiting.count >= TransactionQueue.company || waiting.contains { !$0.hasTime }
        }

        /// What is to be done when nothing runs any more, somebody more waits, or patience is over.
        mutating func next(isPatienceOver: Bool = false) -> Next {
            if isRunning || waiting.isEmpty { return .wait }
            if isPatienceOver || isTime {
                isRunning = true
                return .run
            }
            if isAlarmSet { return .wait }
            isAlarmSet = true
            return .setAlarm
        }
    }

    private enum Next { case wait, run, setAlarm, refuse }

    private let pool: DatabasePool
    private let reserve: DiskReserve
    private let state = Mutex(State())
    private let totals: Mutex<Totals>
    private let committed: @Sendable (CommitReport) -> Void

    init(
        pool: DatabasePool, reserve: DiskReserve, totals: Totals,
        committed: @escaping @Sendable (CommitReport) -> Void
    ) {
        self.pool = pool
        self.reserve = reserve
        self.totals = Mutex(totals)
        self.committed = committed
    }

    /// The sums as of the last transaction.
    var committedTotals: Totals { totals.withLock { $0 } }

    /// Does the work in a transaction, with whatever else is waiting, and returns when it is durable.
    ///
    /// The work may be done twice if others in the same transaction fail; what it did the first time is rolled back.
    ///
    /// - Parameters:
    ///   - hasTime: whether it may wait some milliseconds for others to share a transaction with.
    ///   - mayUseReserve: whether a full disk is to give up its reserve for it; false for what fills the disk.
    func perform<Value: Sendable>(
        hasTime: Bool = false, mayUseReserve: Bool = true, _ work: @escaping @Sendable (Database) throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { caller in
            enqueue(
                Member(
                    hasTime: hasTime, mayUseReserve: mayUseReserve,
                    attempt: { db in
                        let value = try work(db)
                        return { caller.resume(returning: value) }
                    },
                    fail: { caller.resume(throwing: $0) }))
        }
    }

    /// Takes no more work, and returns when what was taken is done.
    func close() async {
        await withCheckedContinuation { closed in
            let (isIdle, next) = state.withLock { state in
                state.isClosed = true
                let next = state.next()
                if state.isRunning { state.whenIdle.append(closed) }
                return (!state.isRunning, next)
            }
            if isIdle { closed.resume() }
            go(next)
        }
    }

    private func enqueue(_ member: Member) {
        let next: Next = state.withLock { state in
            if state.isClosed { return .refuse }
            state.waiting.append(member)
            return state.next()
        }
        next == .refuse ? member.fail(OutboxError.closed) : go(next)
    }

    private func go(_ next: Next) {
        switch next {
        case .wait, .refuse: break
        case .run: scheduleGroup()
        case .setAlarm:
            Task {
                try? await Task.sleep(for: Self.patience)
                patienceIsOver()
            }
        }
    }

    private func patienceIsOver() {
        let next = state.withLock { state in
            state.isAlarmSet = false
            return state.next(isPatienceOver: true)
        }
        go(next)
    }

    /// One group at a time goes to the writer's queue, so that a checkpoint finds its turn between two.
    private func scheduleGroup() { pool.asyncWriteWithoutTransaction { self.runGroup($0) } }

    private func runGroup(_ db: Database) {
        let group = state.withLock { state in
            defer { state.waiting = [] }
            return state.waiting
        }
        let answers = run(group, db)
        let (next, idle) = state.withLock { state in
            state.isRunning = false
            let next = state.next()
            defer { if !state.isRunning { state.whenIdle = [] } }
            return (next, state.isRunning ? [] : state.whenIdle)
        }
        go(next)
        for answer in answers { answer() }
        for continuation in idle { continuation.resume() }
    }

    /// A group that fails is taken apart where that can help, and each member is tried alone: nobody pays for another's
    /// mistake, and a commit too big for the disk does not keep out the records that free some of it.
    private func run(_ group: [Member], _ db: Database) -> [@Sendable () -> Void] {
        do {
            return try transact(group, db)
        } catch let error as DatabaseError where error.resultCode.primaryResultCode == .SQLITE_FULL && group.count == 1
        {
            let hasRoom = group[0].mayUseReserve && reserve.giveUp()
            // The log may be what fills the disk: what can be copied into the file makes room for the next try.
            _ = try? db.checkpoint(.truncate)
            return hasRoom ? run(group, db) : group.map { member in { member.fail(error) } }
        } catch  where group.count > 1 && Self.mayDependOnMember(error) {
            return group.flatMap { run([$0], db) }
        } catch {
            return group.map { member in { member.fail(error) } }
        }
    }

    private func transact(_ group: [Member], _ db: Database) throws -> [@Sendable () -> Void] {
        if db.isInsideTransaction { try db.rollback() }
        let start = ContinuousClock.now
        var answers: [@Sendable () -> Void] = []
        var sums = Totals()
        try db.inTransaction(.immediate) {
            for member in group { answers.append(try member.attempt(db)) }
            sums = try Totals.read(db)
            return .commit
        }
        totals.withLock { $0 = sums }
        committed(CommitReport(duration: ContinuousClock.now - start, members: group.count))
        return answers
    }

    private static func mayDependOnMember(_ error: any Error) -> Bool {
        guard let error = error as? DatabaseError else { return true }
        return [.SQLITE_CONSTRAINT, .SQLITE_FULL, .SQLITE_TOOBIG, .SQLITE_MISMATCH, .SQLITE_ERROR]
            .contains(error.resultCode.primaryResultCode)
    }
}
