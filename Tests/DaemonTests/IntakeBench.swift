import Daemon
import Delivery
import Events
import Ingest
import NIOEmbedded
import Outbox
import Routing
import Telemetry
import TestSupport

/// One pass after another, each over what the one before it committed.
final class IntakeBench {
    private let rules: IntakeRules
    private var knowledge = Knowledge()
    private var lastIDs = OutboxIDs(delivery: DeliveryID(0), registration: RegistrationID(0))
    private var accepted: Set<ArtifactKey> = []
    var grace: UnmatchedGrace<HeldArtifact>
    let writer = Writer(connection: 1, channel: EmbeddedChannel())

    init(visibility: VisibilityPolicy = .all, format: BodyFormat = .flat, grace: Duration = .seconds(2)) {
        rules = IntakeRules(
            routing: RoutingPolicy(
                defaultSecret: nil, defaultOrdering: .parallel, defaultFormat: format, defaultMaxRetries: 3,
                visibility: visibility, registrationTTL: .seconds(86_400), grace: grace),
            addressGuard: AddressGuard(allowed: []), outboxMaximum: 1 << 30)
        self.grace = UnmatchedGrace(grace: grace)
    }

    /// Lines with these numbers on, as one batch.
    func take(_ lines: [String], from first: Int = 1, at second: Double = 0) throws -> IntakePass {
        let now = Moment(wall: Sample.noon + .seconds(second), monotonic: MonotonicTime(.seconds(second)))
        knowledge.accepted = accepted
        var pass = IntakePass(rules: rules, knowledge: knowledge, lastIDs: lastIDs, now: now)
        for (index, line) in lines.enumerated() {
            let event = try EventDecoder().decode(Array(line.utf8))
            pass.take(DecodedLine(number: first + index, event: event, length: line.utf8.count), from: writer, grace)
        }
        for id in pass.released { grace.release(id) }
        for held in pass.held { grace.hold(held, of: held.correlationID, bytes: held.length, now: now.monotonic) }
        for workflow in pass.acceptance.workflows { knowledge.workflows[workflow.correlationID] = workflow }
        for delivery in pass.acceptance.deliveries {
            accepted.insert(ArtifactKey(delivery.correlationID, delivery.artifactID))
        }
        lastIDs = pass.lastIDs
        return pass
    }
}

extension IntakePass {
    /// What this pass counts.
    var counts: Meters {
        let meters = Meters(time: ManualTime())
        count(in: meters)
        return meters
    }

    /// The lines of the only writer that this pass settles.
    var settled: [Int] { (decided[1]?.lines ?? []).sorted() }

    /// `artifact sequence id` of every new delivery.
    var delivered: [String] {
        acceptance.deliveries.map { "\($0.artifactID) \($0.sequence) \($0.id)" }
    }
}
