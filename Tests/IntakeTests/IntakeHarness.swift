import Addresses
import Domain
import Ingest
import Intake
import NIOEmbedded
import Routing
import TestSupport

/// One batch after another, each decided over what the one before it committed.
final class IntakeHarness {
    private let rules: IntakeRules
    var knowledge = Knowledge()
    var grace: UnmatchedGrace<HeldArtifact>
    let writer = Writer(connection: 1, channel: EmbeddedChannel())

    /// - Parameter pendingBytes: what the outbox holds, all of it for `a.example`.
    init(
        visibility: VisibilityPolicy = .all, format: BodyFormat = .flat, grace: Duration = .seconds(2),
        maxOutboxBytes: Int = 1 << 30, pendingBytes: Int = 0
    ) {
        rules = IntakeRules(
            routing: RoutingPolicy(
                defaultSecrets: [], defaultOrdering: .parallel, defaultFormat: format, defaultMaxRetries: 3,
                visibility: visibility, registrationTTL: .seconds(86_400), grace: grace),
            addressGuard: AddressGuard(allowed: []), maxOutboxBytes: maxOutboxBytes)
        self.grace = UnmatchedGrace(grace: grace)
        knowledge.pendingBytes = pendingBytes
        knowledge.pendingBytesByOrigin = [Sample.origin(): pendingBytes]
    }

    /// Lines with these numbers on, as one batch.
    func take(_ lines: [String], from first: Int = 1, at second: Double = 0) throws -> IntakeDecision {
        let now = Sample.moment(Sample.noon + .seconds(second))
        var batch = IntakeBatch(rules: rules, knowledge: knowledge, grace: grace, now: now)
        for (index, line) in lines.enumerated() {
            let event = try EventDecoder().decode(Array(line.utf8))
            batch.take(DecodedLine(number: first + index, event: event, length: line.utf8.count), from: writer)
        }
        let decision = try batch.decided()
        for id in decision.released { grace.release(id) }
        for held in decision.held { grace.hold(held, of: held.correlationID, bytes: held.length, now: now.monotonic) }
        for workflow in decision.acceptance.workflows { knowledge.workflows[workflow.correlationID] = workflow }
        for delivery in decision.acceptance.deliveries {
            knowledge.accepted.insert(ArtifactKey(delivery.correlationID, delivery.artifactID))
            knowledge.lastDelivery = delivery.id
        }
        if let last = decision.acceptance.registrations.last { knowledge.lastRegistration = last.id }
        return decision
    }
}

extension IntakeDecision {
    /// The lines of the only writer that this batch decides.
    var settled: [Int] { (decided[1]?.lines ?? []).sorted() }

    /// `artifact sequence id` of every new delivery.
    var delivered: [String] {
        acceptance.deliveries.map { "\($0.artifactID) \($0.sequence) \($0.id)" }
    }
}
