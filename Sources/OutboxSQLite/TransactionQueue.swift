internal import Domain
internal import GRDB
internal import Synchronization

/// The only access to the writing connection. Work that arrives while a transaction runs shares the next one.
///
/// A call returns once the transaction with its work is durable. Every transaction takes all waiting work, so that no
/// caller starves. Work that is not urgent waits for a batch delay to share a transaction with other work, because each
/// transaction is synced to disk. This is a class with a lock, because it stores continuations.
final class TransactionQueue: Sendable {
    /// How long work that is not urgent waits for other work: at 100 artifacts a second long enough to share the commit
    /// of the next one instead of being in its way.
    private static let batchDelay = Duration.milliseconds(50)
    /// When work of this weight waits, it is flushed without a delay.
    private static let targetWeight = 4

    private struct Member: Sendable {
        let isUrgent: Bool
        let weight: Int
        /// Whether this work may use the disk reserve when the disk is full.
        let mayUseReserve: Bool
        /// Does the work. The returned closure resumes the caller; call it once the transaction is durable.
        let attempt: @Sendable (WriteTransaction) throws -> @Sendable () -> Void
        let fail: @Sendable (any Error) -> Void
    }

    private enum Phase: Equatable {
        case idle
        /// Work waits for the batch delay; the flush of this number is scheduled.
        case delayed(flush: Int)
        case running
    }

    private enum Step {
        case wait
        case run
        case schedule(flush: Int)
        case reject(OutboxError)
    }

    private struct State {
        var phase = Phase.idle
        var waiting: [Member] = []
        /// Why no further work is taken; nil: the queue is open.
        var end: OutboxError?
        var idleWaiters: [CheckedContinuation<Void, Never>] = []
        private var lastFlush = 0

        private var isFlushDue: Bool {
            end != nil || waiting.contains(where: \.isUrgent)
                || waiting.reduce(0) { $0 + $1.weight } >= TransactionQueue.targetWeight
        }

        mutating func add(_ member: Member) -> Step {
            if let end { return .reject(end) }
            waiting.append(member)
            return next()
        }

        mutating func next() -> Step {
            if phase == .running || waiting.isEmpty { return .wait }
            if isFlushDue {
                phase = .running
                return .run
            }
            if case .delayed = phase { return .wait }
            lastFlush += 1
            phase = .delayed(flush: lastFlush)
            return .schedule(flush: lastFlush)
        }

        mutating func delayEnded(flush: Int) -> Step {
            guard phase == .delayed(flush: flush) else { return .wait }
            phase = .running
            return .run
        }

        mutating func transactionEnded() -> (Step, idle: [CheckedContinuation<Void, Never>]) {
            phase = .idle
            let step = next()
            guard phase == .idle else { return (step, []) }
            defer { idleWaiters = [] }
            return (step, idleWaiters)
        }
    }

    private let pool: DatabasePool
    private let reserve: DiskReserve
    private let time: any TimeSource
    private let state = Mutex(State())
    private let totals: Mutex<Totals>
    private let committed: @Sendable (CommitReport) -> Void

    init(
        pool: DatabasePool, reserve: DiskReserve, totals: Totals, time: any TimeSource,
        committed: @escaping @Sendable (CommitReport) -> Void
    ) {
        self.pool = pool
        self.reserve = reserve
        self.time = time
        self.totals = Mutex(totals)
        self.committed = committed
    }

    /// The totals as of the last transaction.
    var committedTotals: Totals { totals.withLock { $0 } }

    /// Does the work in a transaction with all other waiting work, and returns when the transaction is durable.
    ///
    /// If other work in the same transaction fails, the work runs twice; the first run is rolled back.
    ///
    /// - Parameters:
    ///   - isUrgent: false: the work may wait some milliseconds to share a transaction with other work.
    ///   - weight: how many attempts or acceptances the work records.
    ///   - mayUseReserve: whether the work may use the reserve when the disk is full; false for work that fills it.
    func perform<Value: Sendable>(
        isUrgent: Bool = true, weight: Int = 1, mayUseReserve: Bool = true,
        _ work: @escaping @Sendable (WriteTransaction) throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { caller in
            let member = Member(
                isUrgent: isUrgent, weight: weight, mayUseReserve: mayUseReserve,
                attempt: { transaction in
                    let value = try work(transaction)
                    return { caller.resume(returning: value) }
                },
                fail: { caller.resume(throwing: $0) })
            perform(state.withLock { $0.add(member) }, rejecting: member)
        }
    }

    /// Rejects further work, and returns when the waiting work is done.
    func close() async {
        await withCheckedContinuation { closed in
            let (isIdle, step) = state.withLock { state in
                state.end = state.end ?? .closed
                let step = state.next()
                if state.phase == .running { state.idleWaiters.append(closed) }
                return (state.phase != .running, step)
            }
            if isIdle { closed.resume() }
            perform(step)
        }
    }

    /// Whether ``fail(_:)`` was called.
    var isFailed: Bool { state.withLock { $0.end.map { $0 != .closed } ?? false } }

    /// Rejects further work and all that is not answered yet, because no later start would find it.
    func fail(_ error: OutboxError) { state.withLock { $0.end = error } }

    private func perform(_ step: Step, rejecting member: Member? = nil) {
        switch step {
        case .wait: break
        case .reject(let error): member?.fail(error)
        case .run: scheduleGroup()
        case .schedule(let flush):
            Task {
                try? await time.sleep(for: Self.batchDelay)
                perform(state.withLock { $0.delayEnded(flush: flush) })
            }
        }
    }

    /// Schedules one group at a time on the writer's queue, so that a checkpoint can run between two groups.
    private func scheduleGroup() { pool.asyncWriteWithoutTransaction { self.runGroup($0) } }

    private func runGroup(_ db: Database) {
        let group = state.withLock { state in
            defer { state.waiting = [] }
            return state.waiting
        }
        var answers = run(group, db)
        if let error = state.withLock({ $0.end }), error != .closed {
            answers = group.map { member in { member.fail(error) } }
        }
        let (step, idle) = state.withLock { $0.transactionEnded() }
        perform(step)
        for answer in answers { answer() }
        for continuation in idle { continuation.resume() }
    }

    /// If a group fails and one member may be the cause, runs each member alone. So one member's error does not fail
    /// the others, and an acceptance too large for the disk does not block the attempt records that free space.
    private func run(_ group: [Member], _ db: Database) -> [@Sendable () -> Void] {
        do {
            return try transact(group, db)
        } catch let error as DatabaseError where error.resultCode.primaryResultCode == .SQLITE_FULL && group.count == 1
        {
            let hasRoom = group[0].mayUseReserve && reserve.giveUp()
            // The write-ahead log may fill the disk: a checkpoint makes room for the next try.
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
            let transaction = WriteTransaction(db)
            for member in group { answers.append(try member.attempt(transaction)) }
            try transaction.writeCounts()
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
