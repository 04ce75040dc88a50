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
        let done: CheckedContinuation<Void, Never>
    }

    private let outbox: any Outbox
    private let dispatcher: Dispatcher
    private let meters: Meters
    private let time: any TimeSource
    private let refusals: RefusalLog
    private let logger: Logger
    private var rules: IntakeRules
    private var grace: UnmatchedGrace<HeldArtifact>
    private var lastIDs: OutboxIDs
    private var waiting: [Batch] = []
    private var isCommitting = false
    private var expiry: Task<Void, Never>?

    init(
        outbox: any Outbox, lastIDs: OutboxIDs, rules: IntakeRules, dispatcher: Dispatcher, meters: Meters,
        time: any TimeSource, logger: Logger
    ) {
        self.outbox = outbox
        self.lastIDs = lastIDs
        self.rules = rules
        self.dispatcher = dispatcher
        self.meters = meters
        self.time = time
        self.logger = logger
        refusals = RefusalLog(logger: logger, time: time)
        grace = UnmatchedGrace(grace: rules.routing.grace)
    }

    /// Applies to every line from now on.
    func adopt(_ rules: IntakeRules) { self.rules = rules }

    // MARK: Event socket

    func receive(_ lines: [DecodedLine], from writer: Writer) async {
        await withCheckedContinuation { done in
            waiting.append(Batch(lines: lines, writer: writer, done: done))
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

    private func commitWaiting() async {
        while !waiting.isEmpty {
            let batches = waiting
            waiting = []
            await take(batches)
            for batch in batches { batch.done.resume() }
        }
        isCommitting = false
    }

    private func take(_ batches: [Batch]) async {
        let knowledge = await lookUp(batches)
        let now = time.now()
        var pass = IntakePass(rules: rules, knowledge: knowledge, lastIDs: lastIDs, now: now)
        for batch in batches {
            for line in batch.lines { pass.take(line, from: batch.writer, &grace) }
        }
        pass.decideUnmatched(grace.expire(now: now.monotonic))
        await commit(pass.acceptance)
        lastIDs = pass.lastIDs
        settle(pass)
        scheduleExpiry()
    }

    private func lookUp(_ batches: [Batch]) async -> Knowledge {
        var workflows: Set<CorrelationID> = []
        var artifacts: [ArtifactKey] = []
        for line in batches.lazy.flatMap(\.lines) {
            switch line.event {
            case .published(let artifact):
                guard let id = artifact.correlationID else { continue }
                workflows.insert(id)
                artifacts.append(ArtifactKey(id, artifact.artifactID))
                if artifact.registration != nil { artifacts += heldArtifacts(of: id) }
            case .registered(let request):
                workflows.insert(request.correlationID)
                artifacts += heldArtifacts(of: request.correlationID)
            case .completed(let id): workflows.insert(id)
            case .hello, .noted: continue
            }
        }
        if workflows.isEmpty { return Knowledge() }
        return await untilItWorks("read workflows from") { [outbox, workflows, artifacts] in
            try await outbox.lookUp(workflows, artifacts)
        }
    }

    private func heldArtifacts(of id: CorrelationID) -> [ArtifactKey] {
        grace.held(of: id).map { ArtifactKey(id, $0.artifact.artifactID) }
    }

    private func commit(_ acceptance: Acceptance) async {
        if acceptance.isEmpty { return }
        await untilItWorks("commit to") { [outbox] in try await outbox.commit(acceptance) }
    }

    /// Writers are held meanwhile: back-pressure instead of loss.
    private func untilItWorks<Value: Sendable>(
        _ action: String, _ work: @Sendable () async throws -> Value
    ) async -> Value {
        while true {
            do {
                return try await work()
            } catch {
                logger.error("Cannot \(action) the outbox; trying again", metadata: ["error": "\(error)"])
                try? await Task.sleep(for: .seconds(1))
            }
        }
    }

    /// The commit is done: everybody may know.
    private func settle(_ pass: IntakePass) {
        dispatcher.add(pass.acceptance.deliveries.map(\.ticket))
        for (kind, count) in pass.counts.kinds { meters.events.add(count, kind.rawValue) }
        meters.unmatched.add(pass.counts.unmatched)
        meters.withheld.add(pass.counts.withheld)
        meters.duplicates.add(pass.counts.duplicates)
        for refusal in pass.refusals {
            refusal.writer.refuse(refusal.line, refusal.rejection)
            refused(refusal.rejection, line: refusal.line, connection: refusal.writer.connection)
        }
        for decided in pass.decided.values { decided.writer.decided(decided.lines) }
    }

    // MARK: Grace

    private func scheduleExpiry() {
        guard expiry == nil, let next = grace.nextExpiry() else { return }
        let wait = max(next - time.now().monotonic, .milliseconds(1))
        expiry = Task {
            try? await Task.sleep(for: wait)
            self.expireGrace()
        }
    }

    /// Artifacts whose registration did not come in time are decided: nobody asked for them.
    private func expireGrace() {
        expiry = nil
        for held in grace.expire(now: time.now().monotonic) {
            meters.unmatched.add()
            held.writer.decided(CollectionOfOne(held.line))
        }
        scheduleExpiry()
    }
}
