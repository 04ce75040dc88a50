internal import Delivery
internal import Events
internal import Ingest
internal import Logging
internal import Outbox
internal import Routing
internal import Telemetry

/// Takes lines over: match, number, commit, hand to delivery, acknowledge. The only place that numbers artifacts.
///
/// An actor because acceptance is one sequence: while a commit runs, batches of all connections gather, and the next
/// commit takes them together. A connection is read on when its batch is through, so nothing queues without bound.
actor Intake: EventReceiver {
    /// Lines of one connection on their way in.
    private struct Batch {
        let lines: [DecodedLine]
        let writer: Writer
        let arrivedAt: MonotonicTime
        let done: CheckedContinuation<Void, Never>
        /// Of its lines.
        let bytes: Int
    }

    private struct Overflow {
        var lineBytes = 0
        /// What they would have added to the outbox.
        var bodyBytes = 0
    }

    /// How long a writer that reads no replies waits once commits fail; then its lines are dropped, so that it never
    /// hangs.
    private static let patience = Duration.seconds(1)
    private static let pause = Duration.milliseconds(100)
    /// Bytes of lines that one commit takes beside the batch that has waited longest: so nobody waits for long behind
    /// writers that send much at one moment.
    private static let commitBytes = 16 << 20

    private let outbox: any Outbox
    private let dispatcher: Dispatcher
    private let observer: AttemptLog
    private let meters: Meters
    private let obstruction: Obstruction
    private let time: any TimeSource
    private let refusals: RefusalLog
    private var rules: IntakeRules
    private var grace: UnmatchedGrace<HeldArtifact>
    private var lastIDs: OutboxIDs
    /// The oldest first.
    private var waiting: [Batch] = []
    private var isCommitting = false
    /// When commits began to fail; nil while they work.
    private var obstructedSince: MonotonicTime?
    /// What the outbox had no room for last; nothing if it has, or if commits fail for another reason.
    private var overflow = Overflow()
    private var expiry: Task<Void, Never>?

    init(
        outbox: any Outbox, lastIDs: OutboxIDs, rules: IntakeRules, dispatcher: Dispatcher, observer: AttemptLog,
        obstruction: Obstruction, time: any TimeSource, logger: Logger
    ) {
        self.outbox = outbox
        self.lastIDs = lastIDs
        self.rules = rules
        self.dispatcher = dispatcher
        self.observer = observer
        meters = observer.meters
        self.obstruction = obstruction
        self.time = time
        refusals = RefusalLog(logger: logger, time: time)
        grace = UnmatchedGrace(grace: rules.routing.grace)
    }

    /// Applies to every line from now on.
    func adopt(_ rules: IntakeRules) { self.rules = rules }

    // MARK: Event socket

    func receive(_ lines: [DecodedLine], from writer: Writer) async {
        let now = time.now().monotonic
        let bytes = lines.reduce(0) { $0 + $1.length }
        // For less than was refused there may be room, if nobody waits for it.
        let mayFit = waiting.isEmpty && bytes < overflow.lineBytes
        if !mayFit, isOverdue(linesOf: writer, arrivedAt: now, now) {
            drop(lines, of: writer)
            return
        }
        await withCheckedContinuation { done in
            waiting.append(Batch(lines: lines, writer: writer, arrivedAt: now, done: done, bytes: bytes))
            if !isCommitting {
                isCommitting = true
                Task { await commitWaiting() }
            }
        }
    }

    nonisolated func refused(_ rejection: Rejection, line: Int, connection: Int) {
        meters.rejectedLines.add(1, rejection.code.rawValue)
        refusals.write(rejection, line: line, connection: connection)
    }

    // MARK: Commits

    /// Goes on while commits fail, also when nobody waits: so it is noticed when they work again. A commit that failed
    /// is tried with half as much: a disk with little room takes what fits.
    private func commitWaiting() async {
        var most = Int.max
        while !waiting.isEmpty || obstructedSince != nil {
            let begun = time.now().monotonic
            let batches = nextBatches(most)
            // Should it fail.
            most = max(1, batches.count / 2)
            do {
                let pass = try await commit(batches)
                most = .max
                // No connection has more than one batch waiting.
                let taken = Set(batches.map(\.writer.connection))
                waiting.removeAll { taken.contains($0.writer.connection) }
                settle(pass)
                for batch in batches { batch.done.resume() }
                if obstructedSince != nil { try await probe(writes: pass.acceptance.isEmpty) }
                obstruction.clear()
                obstructedSince = nil
                overflow = Overflow()
            } catch {
                // What still waits was not taken over: the writers that read replies are held until it is.
                obstruction.report("\(error)")
                obstructedSince = obstructedSince ?? time.now().monotonic
                if !(error is OutboxFull) { overflow = Overflow() }
                dropOverdue(arrivedBy: begun)
                try? await Task.sleep(for: Self.pause)
            }
        }
        isCommitting = false
        decideExpired()
    }

    private func nextBatches(_ most: Int) -> [Batch] {
        CommitShare.places(of: waiting.map(\.bytes), within: Self.commitBytes).prefix(most).map { waiting[$0] }
    }

    /// Decides on all lines and makes the decisions durable, or throws and has changed nothing.
    private func commit(_ batches: [Batch]) async throws -> IntakePass {
        let knowledge = try await lookUp(batches)
        var pass = IntakePass(rules: rules, knowledge: knowledge, lastIDs: lastIDs, now: time.now())
        for batch in batches {
            for line in batch.lines { pass.take(line, from: batch.writer, grace) }
        }
        try await limitBacklogs(&pass)
        do {
            try await requireRoom(for: pass.acceptedBytes)
        } catch {
            if !batches.isEmpty {
                overflow = Overflow(
                    lineBytes: batches.reduce(0) { $0 + $1.bytes }, bodyBytes: pass.acceptedBytes)
            }
            throw error
        }
        if !pass.acceptance.isEmpty { try await outbox.commit(pass.acceptance) }
        return pass
    }

    private func lookUp(_ batches: [Batch]) async throws -> Knowledge {
        var question = IntakeQuestion(grace: grace)
        for line in batches.lazy.flatMap(\.lines) { question.add(line.event) }
        if question.workflows.isEmpty { return Knowledge() }
        return try await outbox.lookUp(question.workflows, question.artifacts)
    }

    /// One dead receiver never fills the outbox for the rest: an origin may hold a quarter of it.
    private func limitBacklogs(_ pass: inout IntakePass) async throws {
        let share = rules.outboxMaximum / 4
        // As long as all of them together hold no more than that, nobody need be asked for.
        guard await outbox.figures().bytes + pass.acceptedBytes > share else { return }
        for origin in pass.origins {
            let pending = try await outbox.pendingBytes(to: origin)
            pass.limitBacklog(of: origin, pendingBytes: pending, to: share)
        }
    }

    /// An empty outbox takes any batch, so that no line waits for ever.
    private func requireRoom(for bytes: Int) async throws(OutboxFull) {
        let held = await outbox.figures().bytes
        if held > 0, held + bytes > rules.outboxMaximum { throw OutboxFull(bytes: held) }
    }

    /// Throws as long as what failed last would fail again. To be ready, no more than a quarter of the outbox need be free.
    ///
    /// - Parameter writes: tries the disk, if nothing else has been written.
    private func probe(writes: Bool) async throws {
        try await requireRoom(for: min(overflow.bodyBytes, rules.outboxMaximum / 4))
        if writes { try await outbox.probe() }
    }

    /// - Parameter begun: when the commit did that failed; what came later has not been tried.
    private func dropOverdue(arrivedBy begun: MonotonicTime) {
        let now = time.now().monotonic
        let goes = { (batch: Batch) in
            batch.arrivedAt <= begun && self.isOverdue(linesOf: batch.writer, arrivedAt: batch.arrivedAt, now)
        }
        let dropped = waiting.filter(goes)
        waiting.removeAll(where: goes)
        for batch in dropped {
            drop(batch.lines, of: batch.writer)
            batch.done.resume()
        }
    }

    /// Writers that read no replies cannot be held. What comes while commits fail already does not wait anew, or a
    /// writer whose one write fills several batches would hang for as many times the patience.
    private func isOverdue(linesOf writer: Writer, arrivedAt arrival: MonotonicTime, _ now: MonotonicTime) -> Bool {
        guard let obstructedSince, !writer.readsReplies else { return false }
        return now - min(arrival, obstructedSince) > Self.patience
    }

    private func drop(_ lines: [DecodedLine], of writer: Writer) {
        meters.droppedLines.add(lines.count)
        writer.decided(lines.map(\.number))
    }

    /// The commit is done: everybody may know.
    private func settle(_ pass: IntakePass) {
        lastIDs = pass.lastIDs
        dispatcher.add(pass.acceptance.pending)
        for id in pass.released { grace.release(id) }
        for held in pass.held { grace.hold(held, of: held.correlationID, bytes: held.length, now: pass.now.monotonic) }
        pass.count(in: meters)
        for (delivery, reason) in pass.refusedDeliveries { observer.refused(delivery, reason) }
        for refusal in pass.refusals {
            refusal.writer.refuse(refusal.line, refusal.rejection)
            refused(refusal.rejection, line: refusal.line, connection: refusal.writer.connection)
        }
        for decided in pass.decided.values { decided.writer.decided(decided.lines) }
        decideExpired()
    }

    // MARK: Grace

    /// Artifacts whose registration did not come in time are decided: nobody asked for them.
    private func decideExpired() {
        for held in grace.expire(now: time.now().monotonic) {
            meters.unmatched.add()
            held.writer.decided(CollectionOfOne(held.line))
        }
        guard expiry == nil, let next = grace.nextExpiry() else { return }
        let wait = max(next - time.now().monotonic, .milliseconds(1))
        expiry = Task {
            try? await Task.sleep(for: wait)
            self.expire()
        }
    }

    /// A commit under way may be accepting what is held; it looks at the time itself when it is done.
    private func expire() {
        expiry = nil
        if !isCommitting { decideExpired() }
    }
}

/// The outbox holds as much as it may: `outbox-max`.
struct OutboxFull: Error, CustomStringConvertible {
    /// Bodies of pending deliveries.
    let bytes: Int

    var description: String { "the outbox holds \(bytes) bytes, as many as outbox-max allows" }
}
