package import Domain
package import Ingest
package import Outbox
internal import Routing

/// Accepts events: matches, numbers, commits, passes to dispatching, acknowledges. The only place that numbers
/// artifacts.
///
/// An actor, because acceptance is sequential: while a commit runs, batches of all connections collect, and the next
/// commit takes them together. A connection is read further when its batch is decided, so the queue is bounded.
package actor EventIntake: EventReceiver {
    /// Lines of one connection that wait for a commit.
    private struct Batch: IntakeQueueEntry {
        let lines: [DecodedLine]
        let writer: Writer
        let arrivedAt: MonotonicTime
        let bytes: Int
        let done: CheckedContinuation<Void, Never>

        var connection: Int { writer.connection }
        var mayBlock: Bool { writer.readsReplies }
        var isAbandoned: Bool { writer.readsReplies && !writer.isConnected }
    }

    /// Workflows whose completions wait for a commit of their own.
    private struct Completions {
        let workflows: [CorrelationID]
        let done: CheckedContinuation<Void, any Error>
    }

    /// Delay before a failed commit is retried.
    private static let retryDelay = Duration.milliseconds(100)

    private let store: any AcceptanceStore
    private let deliveries: any DeliveryQueue
    private let observer: any IntakeObserver
    private let health: IntakeHealth
    private let time: any TimeSource
    private var rules: IntakeRules
    private var grace: UnmatchedGrace<HeldArtifact>
    private var queue = IntakeQueue<Batch>()
    private var expiry: Task<Void, Never>?
    private var completions: [Completions] = []
    private var isCommitting = false
    private var isStopping = false

    package init(
        rules: IntakeRules, store: any AcceptanceStore, deliveries: any DeliveryQueue, observer: any IntakeObserver,
        health: IntakeHealth, time: any TimeSource
    ) {
        self.rules = rules
        self.store = store
        self.deliveries = deliveries
        self.observer = observer
        self.health = health
        self.time = time
        grace = UnmatchedGrace(grace: rules.routing.grace)
    }

    /// Releases writers that are blocked because commits fail. Their lines are not acknowledged. Called when the relay
    /// stops: it must not wait for a disk.
    package func stop() { isStopping = true }

    /// Returns once the actor runs it, which shows that nothing blocks the actor.
    package func answer() {}

    /// Applies the rules to every line from now on.
    package func adopt(_ rules: IntakeRules) { self.rules = rules }

    // MARK: Event socket

    package func receive(_ lines: [DecodedLine], from writer: Writer) async {
        let now = time.now().monotonic
        await withCheckedContinuation { done in
            let batch = Batch(
                lines: lines, writer: writer, arrivedAt: now, bytes: lines.reduce(0) { $0 + $1.length }, done: done)
            switch queue.arrive(batch, now: now) {
            case .wait: break
            case .drop: drop(batch)
            case .startCommitting: startCommitting()
            }
        }
    }

    /// Accepts the `workflow.completed` of each of the workflows for which it is requested and nothing is pending.
    ///
    /// In a commit of its own, so that writers and completions never wait for each other.
    ///
    /// - Throws: the error of the outbox; nothing has changed then.
    package func acceptCompletions(of workflows: [CorrelationID]) async throws {
        try await withCheckedThrowingContinuation { done in
            completions.append(Completions(workflows: workflows, done: done))
            startCommitting()
        }
    }

    package nonisolated func rejected(_ rejection: Rejection, line: Int, connection: Int) {
        observer.rejected(rejection, line: line, connection: connection)
    }

    // MARK: Commits

    private func startCommitting() {
        if isCommitting { return }
        isCommitting = true
        Task { await commitWaiting() }
    }

    private func commitWaiting() async {
        defer {
            isCommitting = false
            for left in completions { left.done.resume(throwing: CancellationError()) }
            completions = []
        }
        while true {
            while !completions.isEmpty { await commit(completions.removeFirst()) }
            guard let batches = queue.nextCommit(now: time.now().monotonic) else { return decideExpired() }
            do {
                let decision = try await commit(batches)
                apply(decision)
                let verification = queue.committed(wrote: !decision.acceptance.isEmpty)
                for batch in batches { finish(batch, leaving: decision.deferred[batch.connection] ?? []) }
                guard let verification else { continue }
                try await verify(verification)
                queue.recovered()
                health.recovered()
            } catch {
                health.failed("\(error)")
                let neededBytes = (error as? OutboxFull)?.needed
                for batch in queue.failed(neededBytes: neededBytes, now: time.now().monotonic) { drop(batch) }
                for batch in queue.takeAbandoned() { batch.done.resume() }
                if isStopping {
                    for batch in queue.abandon() { batch.done.resume() }
                    return
                }
                try? await time.sleep(for: Self.retryDelay)
            }
        }
    }

    private func commit(_ completions: Completions) async {
        var query = IntakeQuery()
        for id in completions.workflows {
            query.workflows.insert(id)
            query.completions.insert(id)
            query.artifacts.append(ArtifactKey(id, .completion))
        }
        let decide = { @Sendable [rules, grace, now = time.now()] (knowledge: Knowledge) throws -> IntakeDecision in
            var batch = IntakeBatch(rules: rules, knowledge: knowledge, grace: grace, now: now)
            return try batch.decideCompletions(of: completions.workflows)
        }
        do {
            apply(
                try await store.accept(query) { knowledge in
                    let decision = try decide(knowledge)
                    return (decision.acceptance, decision)
                })
            completions.done.resume()
        } catch {
            completions.done.resume(throwing: error)
        }
    }

    /// Decides all lines and makes the decision durable. If it throws, nothing has changed.
    private func commit(_ batches: [Batch]) async throws -> IntakeDecision {
        var query = IntakeQuery()
        for line in batches.lazy.flatMap(\.lines) { query.add(line.event, grace) }
        let decide = { @Sendable [rules, grace, now = time.now()] (knowledge: Knowledge) throws -> IntakeDecision in
            var batch = IntakeBatch(rules: rules, knowledge: knowledge, grace: grace, now: now)
            for waiting in batches {
                for line in waiting.lines { batch.take(line, from: waiting.writer) }
            }
            return try batch.decided()
        }
        // Without a workflow there is nothing to look up and nothing to commit.
        if query.isEmpty { return try decide(Knowledge()) }
        return try await store.accept(query) { knowledge in
            let decision = try decide(knowledge)
            return (decision.acceptance, decision)
        }
    }

    /// Throws if the last failure would occur again. A quarter of the outbox is enough room.
    private func verify(_ verification: IntakeQueue<Batch>.Verification) async throws {
        let max = rules.maxOutboxBytes
        let needed = min(verification.bytes, rules.maxOriginBytes)
        try await store.accept(IntakeQuery()) { knowledge in
            try OutboxFull.check(held: knowledge.pendingBytes, needed: needed, max: max)
            return (Acceptance(), ())
        }
        if verification.needsWrite { try await store.verifyWritable() }
    }

    /// Applies a committed decision: to dispatching, the held artifacts, the observer and the writers.
    private func apply(_ decision: IntakeDecision) {
        let acceptance = decision.acceptance
        deliveries.add(acceptance.pending)
        deliveries.redeliver(acceptance.redelivered)
        for id in decision.released { grace.release(id) }
        for held in decision.held {
            grace.hold(held, of: held.correlationID, bytes: held.length, now: decision.now.monotonic)
        }
        observer.counted(decision.counts)
        for delivery in acceptance.deliveries {
            if let reason = acceptance.failedOnAcceptance[delivery.id] { observer.failedOnAcceptance(delivery, reason) }
        }
        for rejected in decision.rejected {
            rejected.writer.reject(rejected.line, rejected.rejection)
            observer.rejected(rejected.rejection, line: rejected.line, connection: rejected.writer.connection)
        }
        for decided in decision.decided.values { decided.writer.decided(decided.lines) }
        decideExpired()
    }

    /// - Parameter rest: lines of the batch for a later commit. Until that has taken them, no further line of the
    ///   connection is read.
    private func finish(_ batch: Batch, leaving rest: [DecodedLine]) {
        guard !rest.isEmpty else { return batch.done.resume() }
        let now = time.now().monotonic
        let left = Batch(
            lines: rest, writer: batch.writer, arrivedAt: now, bytes: rest.reduce(0) { $0 + $1.length },
            done: batch.done)
        if queue.arrive(left, now: now) == .drop { drop(left) }
    }

    private func drop(_ batch: Batch) {
        var counts = IntakeCounts()
        counts.droppedLines = batch.lines.count
        observer.counted(counts)
        batch.writer.decided(batch.lines.map(\.number))
        batch.done.resume()
    }

    // MARK: Grace

    /// Decides artifacts whose registration did not arrive in time: they are not delivered.
    private func decideExpired() {
        var counts = IntakeCounts()
        for held in grace.expire(now: time.now().monotonic) {
            counts.unmatched += 1
            held.writer.decided(CollectionOfOne(held.line))
        }
        if counts.unmatched > 0 { observer.counted(counts) }
        guard expiry == nil, let next = grace.nextExpiry() else { return }
        let wait = max(next - time.now().monotonic, .milliseconds(1))
        expiry = Task {
            try? await time.sleep(for: wait)
            self.expire()
        }
    }

    /// Does nothing during a commit, which may be accepting held artifacts and calls ``decideExpired()`` at its end.
    private func expire() {
        expiry = nil
        if !isCommitting { decideExpired() }
    }
}
