package import Delivery
package import Events
package import Ingest
package import Outbox
package import Routing
package import Telemetry

/// What intake obeys; may change while the relay runs.
package struct IntakeRules: Sendable {
    let routing: RoutingPolicy
    let addressGuard: AddressGuard
    /// Bytes of pending bodies.
    let outboxMaximum: Int

    package init(routing: RoutingPolicy, addressGuard: AddressGuard, outboxMaximum: Int) {
        self.routing = routing
        self.addressGuard = addressGuard
        self.outboxMaximum = outboxMaximum
    }
}

/// An artifact that waits for a late registration.
package struct HeldArtifact: Sendable {
    let artifact: PublishedArtifact
    package let correlationID: CorrelationID
    let writer: Writer
    package let line: Int
    /// Bytes of the line.
    package let length: Int
    let receivedAt: WallTime
}

/// Decides on the lines of one commit. Touches nothing outside: what it decided is applied once the commit is done,
/// and forgotten if the commit fails.
package struct IntakePass {
    package struct Refusal {
        let writer: Writer
        package let line: Int
        package let rejection: Rejection
    }

    /// The lines of one writer that this commit settles.
    package struct Decided {
        let writer: Writer
        package var lines: [Int]
    }

    let now: Moment
    private let rules: IntakeRules
    private var router: Router
    private var deliveries: [Delivery] = []
    private var failedAtOnce: [DeliveryID: ErrorClass] = [:]
    private var lastDelivery: DeliveryID
    private let lastRegistration: RegistrationID
    private var kinds: [EventKind: Int] = [:]
    private var unmatched = 0
    private var withheld = 0
    private var duplicates = 0
    package private(set) var refusals: [Refusal] = []
    package private(set) var decided: [Int: Decided] = [:]
    /// Artifacts of this commit that wait for their registration, in order of arrival.
    package private(set) var held: [HeldArtifact] = []
    /// Workflows whose held artifacts were decided.
    package private(set) var released: Set<CorrelationID> = []

    package init(rules: IntakeRules, knowledge: Knowledge, lastIDs: OutboxIDs, now: Moment) {
        self.rules = rules
        self.now = now
        router = Router(policy: rules.routing, knowledge: knowledge, lastRegistrationID: lastIDs.registration)
        lastDelivery = lastIDs.delivery
        lastRegistration = lastIDs.registration
    }

    // MARK: Results

    /// What is to be committed.
    package var acceptance: Acceptance {
        Acceptance(
            registrations: router.registrations, deliveries: deliveries, workflows: router.workflows,
            failedAtOnce: failedAtOnce)
    }

    package var lastIDs: OutboxIDs {
        OutboxIDs(delivery: lastDelivery, registration: router.registrations.last?.id ?? lastRegistration)
    }

    /// Deliveries that were accepted as failed.
    package var refusedDeliveries: [(Delivery, ErrorClass)] {
        deliveries.compactMap { delivery in failedAtOnce[delivery.id].map { (delivery, $0) } }
    }

    /// Bytes that the commit adds to the outbox.
    package var acceptedBytes: Int { deliveries.reduce(0) { $0 + (failedAtOnce[$1.id] == nil ? $1.body.count : 0) } }

    /// Where this commit's deliveries go.
    var origins: Set<Origin> { Set(deliveries.map(\.registration.url.origin)) }

    package func count(in meters: Meters) {
        for (kind, count) in kinds { meters.events.add(count, kind.rawValue) }
        meters.unmatched.add(unmatched)
        meters.withheld.add(withheld)
        meters.duplicates.add(duplicates)
    }

    // MARK: Lines

    /// - Parameter grace: what earlier commits hold.
    package mutating func take(_ line: DecodedLine, from writer: Writer, _ grace: UnmatchedGrace<HeldArtifact>) {
        kinds[line.event.kind, default: 0] += 1
        switch line.event {
        case .published(let artifact): take(artifact, line, writer, grace)
        case .registered(let request):
            if register(request, line.number, writer, grace) { decide(line.number, writer) }
        case .completed(let id):
            router.complete(id, now: now.wall)
            decide(line.number, writer)
        case .hello, .noted:
            decide(line.number, writer)
        }
    }

    private mutating func take(
        _ artifact: PublishedArtifact, _ line: DecodedLine, _ writer: Writer, _ grace: UnmatchedGrace<HeldArtifact>
    ) {
        guard let id = artifact.correlationID else {
            unmatched += 1
            decide(line.number, writer)
            return
        }
        if let request = artifact.registration, !register(request, line.number, writer, grace) { return }
        let artifact = HeldArtifact(
            artifact: artifact, correlationID: id, writer: writer, line: line.number, length: line.length,
            receivedAt: now.wall)
        if accept(artifact) { return }
        if writer.hasGrace, rules.routing.grace > .zero {
            held.append(artifact)
        } else {
            unmatched += 1
            decide(line.number, writer)
        }
    }

    /// Registers a workflow and accepts what came before its registration.
    /// - Returns: false if the registration is refused, and its line with it.
    private mutating func register(
        _ request: RegistrationRequest, _ line: Int, _ writer: Writer, _ grace: UnmatchedGrace<HeldArtifact>
    ) -> Bool {
        do throws(Rejection) {
            try rules.addressGuard.check(request.url)
        } catch {
            refusals.append(Refusal(writer: writer, line: line, rejection: error))
            decide(line, writer)
            return false
        }
        let id = request.correlationID
        router.register(request, now: now.wall)
        let early = (released.contains(id) ? [] : grace.held(of: id)) + held.filter { $0.correlationID == id }
        released.insert(id)
        held.removeAll { $0.correlationID == id }
        for artifact in early where !accept(artifact) {
            unmatched += 1
            decide(artifact.line, artifact.writer)
        }
        return true
    }

    /// - Returns: false if there is no registration for it.
    private mutating func accept(_ held: HeldArtifact) -> Bool {
        switch router.route(held.artifact, now: now.wall) {
        case .unmatched: return false
        case .duplicate: duplicates += 1
        case .withheld: withheld += 1
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

    // MARK: Limits

    /// Deliveries of an origin that go beyond its share are accepted as failed: numbered, and not sent.
    package mutating func limitBacklog(of origin: Origin, pendingBytes: Int, to share: Int) {
        var bytes = pendingBytes
        for delivery in deliveries where delivery.registration.url.origin == origin {
            if bytes > 0, bytes + delivery.body.count > share {
                failedAtOnce[delivery.id] = .backlogFull
            } else {
                bytes += delivery.body.count
            }
        }
    }
}
