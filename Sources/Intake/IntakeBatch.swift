internal import Addresses
package import Domain
package import Ingest
package import Routing
internal import Webhook

/// Decides the lines of one commit. Pure: the caller applies the decision after the commit.
package struct IntakeBatch {
    private let rules: IntakeRules
    private let knowledge: Knowledge
    /// The artifacts that earlier commits hold.
    private let grace: UnmatchedGrace<HeldArtifact>
    private var router: Router
    private var deliveries: [Delivery] = []
    /// By id, so that two lines redeliver a delivery once.
    private var redelivered: [DeliveryID: Ticket] = [:]
    private var redeliveryBudget = RedeliveryBudget()
    private var decision: IntakeDecision
    private var now: Moment { decision.now }

    package init(rules: IntakeRules, knowledge: Knowledge, grace: UnmatchedGrace<HeldArtifact>, now: Moment) {
        self.rules = rules
        self.knowledge = knowledge
        self.grace = grace
        router = Router(policy: rules.routing, knowledge: knowledge)
        decision = IntakeDecision(now: now)
    }

    // MARK: Lines

    package mutating func take(_ line: DecodedLine, from writer: Writer) {
        decision.counts.events[line.event.kind, default: 0] += 1
        switch line.event {
        case .published(let artifact): take(artifact, line, writer)
        case .registered(let request):
            if register(request, line.number, writer) { decide(line.number, writer) }
        case .completed(let request):
            router.complete(request, now: now.steady)
            decide(line.number, writer)
        case .redeliver(let request): redeliver(request, line, writer)
        case .hello, .noted:
            decide(line.number, writer)
        }
    }

    private mutating func take(_ artifact: PublishedArtifact, _ line: DecodedLine, _ writer: Writer) {
        guard let id = artifact.correlationID else { return drop(line.number, writer) }
        if let request = artifact.registration, !register(request, line.number, writer) { return }
        if accept(artifact, receivedAt: now) {
            decide(line.number, writer)
        } else if writer.hasGrace, rules.routing.grace > .zero {
            decision.held.append(
                HeldArtifact(
                    artifact: artifact, correlationID: id, writer: writer, line: line.number, length: line.length,
                    receivedAt: now))
        } else {
            drop(line.number, writer)
        }
    }

    /// Registers a workflow and accepts the artifacts that arrived before its registration.
    /// - Returns: false if the registration, and with it its line, is rejected.
    private mutating func register(_ request: RegistrationRequest, _ line: Int, _ writer: Writer) -> Bool {
        do throws(Rejection) {
            try rules.addressGuard.check(request.url)
        } catch {
            decision.rejected.append(.init(writer: writer, line: line, rejection: error))
            decide(line, writer)
            return false
        }
        router.register(request, now: now.steady)
        for held in releaseHeld(of: request.correlationID) {
            if accept(held.artifact, receivedAt: held.receivedAt) {
                decide(held.line, held.writer)
            } else {
                drop(held.line, held.writer)
            }
        }
        return true
    }

    /// Redelivers the deliveries whose bodies are kept. The line is rejected if there are others, which it names.
    private mutating func redeliver(_ request: RedeliveryRequest, _ line: DecodedLine, _ writer: Writer) {
        let choice = RedeliveryChoice(
            request, known: knowledge.redeliveries[request.correlationID], budget: &redeliveryBudget)
        for ticket in choice.possible { redelivered[ticket.id] = ticket }
        if let rest = choice.rest { return deferLine(line, .redeliver(rest), writer) }
        if let rejection = choice.rejection {
            decision.rejected.append(.init(writer: writer, line: line.number, rejection: rejection))
        }
        decide(line.number, writer)
    }

    /// Leaves a part of a line to a later commit, which also counts the line.
    private mutating func deferLine(_ line: DecodedLine, _ rest: Event, _ writer: Writer) {
        decision.counts.events[line.event.kind, default: 0] -= 1
        decision.deferred[writer.connection, default: []]
            .append(DecodedLine(number: line.number, event: rest, length: line.length))
    }

    private mutating func releaseHeld(of id: CorrelationID) -> [HeldArtifact] {
        let earlier = decision.released.insert(id).inserted ? grace.held(of: id) : []
        defer { decision.held.removeAll { $0.correlationID == id } }
        return earlier + decision.held.filter { $0.correlationID == id }
    }

    /// - Returns: false if the artifact's workflow has no registration.
    private mutating func accept(_ artifact: PublishedArtifact, receivedAt: Moment) -> Bool {
        switch router.route(artifact, now: now.steady) {
        case .unmatched: return false
        case .duplicate: decision.counts.duplicates += 1
        case .withheld: decision.counts.withheld += 1
        case .filtered: decision.counts.filtered += 1
        case .matched(let registration, let sequence): deliver(artifact, registration, sequence, receivedAt)
        }
        return true
    }

    private mutating func deliver(
        _ artifact: PublishedArtifact, _ registration: Registration, _ sequence: SequenceNumber, _ receivedAt: Moment
    ) {
        deliveries.append(
            Delivery(
                id: nextID, correlationID: registration.correlationID, artifactID: artifact.artifactID,
                artifactType: artifact.artifactType, sequence: sequence, registration: registration,
                body: WebhookBody.make(registration.format, artifact.fragments, sequence: sequence),
                createdAt: artifact.createdAt ?? receivedAt.wall, receivedAt: receivedAt.steady, trace: artifact.trace))
    }

    private var nextID: DeliveryID { deliveries.last?.id.next ?? knowledge.lastDelivery.next }

    /// Decides an artifact without a registration: it is not delivered.
    private mutating func drop(_ line: Int, _ writer: Writer) {
        decision.counts.unmatched += 1
        decide(line, writer)
    }

    private mutating func decide(_ line: Int, _ writer: Writer) {
        decision.decided[writer.connection, default: .init(writer: writer, lines: [])].lines.append(line)
    }

    // MARK: Result

    /// The decision on the lines so far.
    ///
    /// - Throws: ``OutboxFull`` if the outbox has no room for the acceptance.
    package func decided() throws(OutboxFull) -> IntakeDecision {
        var decision = self.decision
        decision.acceptance = acceptance
        decision.counts.redelivered = redelivered.count
        decision.acceptance.failedOnAcceptance = overShare(decision.acceptance.pendingBytes)
        let needed = decision.acceptance.pendingBytes
        if needed == 0 { return decision }
        try OutboxFull.check(held: knowledge.pendingBytes, needed: needed, max: rules.maxOutboxBytes)
        // The sum of pending and kept bytes grows by new bodies only: a redelivery and a failure move bytes between them.
        // So a redelivery needs no room, and never makes other lines wait for it.
        let held = knowledge.pendingBytes + knowledge.keptBytes
        if knowledge.keptBytes > 0, held + needed > rules.maxOutboxBytes {
            decision.acceptance.maxBytes = rules.maxOutboxBytes
        }
        return decision
    }

    private var acceptance: Acceptance {
        Acceptance(
            registrations: router.registrations, deliveries: deliveries, workflows: router.workflows,
            redelivered: redelivered.values.sorted { $0.id < $1.id })
    }

    /// The decision to accept the `workflow.completed` of each workflow for which it is due. A batch decides either these or
    /// lines. They need no room in the outbox, so that they never wait for it.
    package mutating func decideCompletions(of workflows: some Sequence<CorrelationID>) throws -> IntakeDecision {
        for id in workflows {
            guard let due = router.acceptCompletion(id, now: now.steady) else { continue }
            let body = try CompletionBody.make(
                id, due.status, sequence: due.sequence, failed: due.failed, at: now.wall)
            deliveries.append(
                Delivery(
                    id: nextID, correlationID: id, artifactID: due.artifactID,
                    artifactType: WebhookEvent.workflowCompleted.rawValue, sequence: due.sequence,
                    registration: due.registration, body: body, createdAt: now.wall, receivedAt: now.steady, trace: nil)
            )
        }
        var decision = self.decision
        decision.acceptance = acceptance
        return decision
    }

    /// The deliveries beyond their origin's share of the outbox. They are accepted as failed: numbered, but not sent.
    /// So an origin that does not answer never fills the outbox for the others.
    ///
    /// - Parameter newBytes: bytes of all new bodies of this commit.
    private func overShare(_ newBytes: Int) -> [DeliveryID: ErrorClass] {
        var failed: [DeliveryID: ErrorClass] = [:]
        let redeliveredBytes = redelivered.values.reduce(0) { $0 + $1.bodyBytes }
        guard knowledge.pendingBytes + redeliveredBytes + newBytes > rules.maxOriginBytes else { return failed }
        var pendingBytes = knowledge.pendingBytesByOrigin
        for ticket in redelivered.values { pendingBytes[ticket.origin, default: 0] += ticket.bodyBytes }
        for delivery in deliveries {
            let held = pendingBytes[delivery.registration.url.origin, default: 0]
            if held > 0, held + delivery.body.count > rules.maxOriginBytes {
                failed[delivery.id] = .backlogFull
            } else {
                pendingBytes[delivery.registration.url.origin] = held + delivery.body.count
            }
        }
        return failed
    }
}
