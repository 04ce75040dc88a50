internal import Delivery
internal import Events
internal import Ingest
internal import Outbox
internal import Routing

/// What intake obeys; may change while the relay runs.
struct IntakeRules: Sendable {
    let routing: RoutingPolicy
    let addressGuard: AddressGuard
}

/// An artifact that waits for a late registration.
struct HeldArtifact: Sendable {
    let artifact: PublishedArtifact
    let writer: Writer
    let line: Int
    let receivedAt: WallTime
}

/// Decides on the lines of one commit. Touches nothing outside: what it decided is applied once the commit is done.
struct IntakePass {
    struct Counts {
        var kinds: [EventKind: Int] = [:]
        var unmatched = 0
        var withheld = 0
        var duplicates = 0
    }

    struct Refusal {
        let writer: Writer
        let line: Int
        let rejection: Rejection
    }

    /// The lines of one writer that this commit settles.
    struct Decided {
        let writer: Writer
        var lines: [Int]
    }

    private let rules: IntakeRules
    private let now: Moment
    private var router: Router
    private var deliveries: [Delivery] = []
    private var lastDelivery: DeliveryID
    private let lastRegistration: RegistrationID
    private(set) var counts = Counts()
    private(set) var refusals: [Refusal] = []
    private(set) var decided: [Int: Decided] = [:]

    init(rules: IntakeRules, knowledge: Knowledge, lastIDs: OutboxIDs, now: Moment) {
        self.rules = rules
        self.now = now
        router = Router(policy: rules.routing, knowledge: knowledge, lastRegistrationID: lastIDs.registration)
        lastDelivery = lastIDs.delivery
        lastRegistration = lastIDs.registration
    }

    /// What is to be committed.
    var acceptance: Acceptance {
        Acceptance(registrations: router.registrations, deliveries: deliveries, workflows: router.workflows)
    }

    var lastIDs: OutboxIDs {
        OutboxIDs(delivery: lastDelivery, registration: router.registrations.last?.id ?? lastRegistration)
    }

    // MARK: Lines

    mutating func take(_ line: DecodedLine, from writer: Writer, _ grace: inout UnmatchedGrace<HeldArtifact>) {
        counts.kinds[line.event.kind, default: 0] += 1
        switch line.event {
        case .published(let artifact):
            let held = HeldArtifact(artifact: artifact, writer: writer, line: line.number, receivedAt: now.wall)
            if let request = artifact.registration, !register(request, line.number, writer, &grace) { return }
            if accept(held) { return }
            if let id = artifact.correlationID, writer.hasGrace, rules.routing.grace > .zero {
                grace.hold(held, of: id, bytes: line.length, now: now.monotonic)
            } else {
                decideUnmatched([held])
            }
        case .registered(let request):
            if register(request, line.number, writer, &grace) { decide(line.number, writer) }
        case .completed(let id):
            router.complete(id, now: now.wall)
            decide(line.number, writer)
        case .hello, .noted:
            decide(line.number, writer)
        }
    }

    /// Artifacts that nobody registered for: dropped, and never an error.
    mutating func decideUnmatched(_ unmatched: [HeldArtifact]) {
        counts.unmatched += unmatched.count
        for held in unmatched { decide(held.line, held.writer) }
    }

    /// Registers a workflow and accepts what came before its registration.
    /// - Returns: false if the registration is refused, and its line with it.
    private mutating func register(
        _ request: RegistrationRequest, _ line: Int, _ writer: Writer, _ grace: inout UnmatchedGrace<HeldArtifact>
    ) -> Bool {
        do throws(Rejection) {
            try rules.addressGuard.check(request.url)
        } catch {
            refusals.append(Refusal(writer: writer, line: line, rejection: error))
            decide(line, writer)
            return false
        }
        router.register(request, now: now.wall)
        let held = grace.held(of: request.correlationID)
        grace.release(request.correlationID)
        for held in held where !accept(held) { decideUnmatched([held]) }
        return true
    }

    /// - Returns: false if there is no registration for it.
    private mutating func accept(_ held: HeldArtifact) -> Bool {
        switch router.route(held.artifact, now: now.wall) {
        case .unmatched: return false
        case .duplicate: counts.duplicates += 1
        case .withheld: counts.withheld += 1
        case .matched(let registration, let sequence): deliver(held, registration.registration, sequence)
        }
        decide(held.line, held.writer)
        return true
    }

    private mutating func deliver(_ held: HeldArtifact, _ registration: Registration, _ sequence: Sequence) {
        let artifact = held.artifact
        lastDelivery = DeliveryID(lastDelivery.rawValue + 1)
        deliveries.append(
            Delivery(
                id: lastDelivery, correlationID: registration.correlationID, artifactID: artifact.artifactID,
                artifactType: artifact.artifactType, sequence: sequence, registration: registration,
                body: WebhookBody.make(registration.format, artifact.fragments, sequence: sequence),
                createdAt: artifact.createdAt ?? held.receivedAt, receivedAt: held.receivedAt,
                trace: artifact.trace))
    }

    private mutating func decide(_ line: Int, _ writer: Writer) {
        decided[writer.connection, default: Decided(writer: writer, lines: [])].lines.append(line)
    }
}
