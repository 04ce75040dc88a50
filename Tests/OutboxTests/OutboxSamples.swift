import Events
import Outbox
import TestSupport

extension Outbox {
    /// Accepts deliveries as intake does: looks the workflows up, numbers, commits.
    ///
    /// - Parameters:
    ///   - url: where to, if the workflow has no registration yet.
    ///   - failing: the artifacts that are accepted as failed.
    ///   - knowledge: what was looked up, where time passes between that and the commit.
    @discardableResult
    func accept(
        _ artifacts: [String], registration url: String = "https://a.example/hook", secret: String? = nil,
        ordering: DeliveryOrder = .parallel, of workflow: String = "w", at time: WallTime = Sample.noon,
        body: String = "{}", failing: [String: ErrorClass] = [:], knowledge: Knowledge? = nil
    ) async throws -> [Delivery] {
        var batch = try await batch(of: workflow, knowledge, at: time)
        if batch.workflow.registration == nil {
            batch.register(try Sample.registration(workflow, url: url, secret: secret, ordering: ordering))
        }
        for artifact in artifacts { batch.add(artifact, body: body, failed: failing[artifact]) }
        try await commit(batch.acceptance)
        return batch.acceptance.deliveries
    }

    /// Accepts an artifact, a new registration, and another artifact in one commit.
    ///
    /// - Parameter retention: what expires between look-up and commit.
    func acceptAroundRegistration(ending retention: Retention?) async throws -> (old: Delivery, new: Delivery) {
        var batch = try await batch(of: "w", nil, at: Sample.noon)
        if let retention { try await expire(retention, now: Sample.noon + .seconds(1)) }
        batch.add("old", body: "{}")
        batch.register(try Sample.registration(url: "https://new.example/", secret: "new"))
        batch.add("new", body: "{}")
        try await commit(batch.acceptance)
        return (batch.acceptance.deliveries[0], batch.acceptance.deliveries[1])
    }

    /// Accepts artifacts of "w" behind a new registration.
    func move(to url: String, ordering: DeliveryOrder, _ artifacts: [String]) async throws -> [Delivery] {
        var batch = try await batch(of: "w", nil, at: Sample.noon)
        batch.register(try Sample.registration(url: url, ordering: ordering))
        for artifact in artifacts { batch.add(artifact, body: "{}") }
        try await commit(batch.acceptance)
        return batch.acceptance.deliveries
    }

    private func batch(of workflow: String, _ knowledge: Knowledge?, at time: WallTime) async throws -> SampleBatch {
        let id = CorrelationID(workflow)
        let known: Knowledge
        if let knowledge { known = knowledge } else { known = try await lookUp([id], []) }
        return SampleBatch(
            last: try await lastIDs(), time: time,
            workflow: known.workflows[id] ?? Workflow(correlationID: id, lastActivityAt: time))
    }

    func workflow(_ workflow: String = "w") async throws -> Workflow? {
        try await lookUp([CorrelationID(workflow)], []).workflows[CorrelationID(workflow)]
    }

    /// What of these artifacts was accepted before.
    func accepted(_ artifacts: [String], of workflow: String = "w") async throws -> Set<String> {
        let keys = artifacts.map { ArtifactKey(CorrelationID(workflow), ArtifactID($0)) }
        return Set(try await lookUp([CorrelationID(workflow)], keys).accepted.map(\.artifactID.rawValue))
    }
}

extension Retention {
    static func sample(
        age: Duration = .seconds(86_400), count: Int = 100_000, ttl: Duration = .seconds(86_400),
        completion: Duration? = nil
    ) -> Retention {
        Retention(
            historyMaxAge: age, historyMaxDeliveries: count, registrationTTL: ttl, completionGrace: completion)
    }
}

extension Duration {
    static func hours(_ number: Int) -> Duration { .seconds(number * 3_600) }
}

/// One commit about one workflow, as intake makes it.
private struct SampleBatch {
    let last: OutboxIDs
    let time: WallTime
    var workflow: Workflow
    private var registrations: [StoredRegistration] = []
    private var deliveries: [Delivery] = []
    private var failedAtOnce: [DeliveryID: ErrorClass] = [:]

    init(last: OutboxIDs, time: WallTime, workflow: Workflow) {
        self.last = last
        self.time = time
        self.workflow = workflow
    }

    var acceptance: Acceptance {
        var changed = workflow
        changed.lastActivityAt = time
        return Acceptance(
            registrations: registrations, deliveries: deliveries, workflows: [changed], failedAtOnce: failedAtOnce)
    }

    mutating func register(_ registration: Registration) {
        let id = RegistrationID(last.registration.rawValue + Int64(registrations.count) + 1)
        registrations.append(StoredRegistration(id: id, registration: registration))
        workflow.registration = registrations.last
    }

    mutating func add(_ artifact: String, body: String, failed: ErrorClass? = nil) {
        guard let registration = workflow.registration?.registration else { return }
        let id = DeliveryID(last.delivery.rawValue + Int64(deliveries.count) + 1)
        workflow.lastSequence = workflow.lastSequence.next
        workflow.lastArtifactAt = time
        if let failed { failedAtOnce[id] = failed } else { workflow.pending += 1 }
        deliveries.append(
            Delivery(
                id: id, correlationID: workflow.correlationID, artifactID: ArtifactID(artifact), artifactType: "Order",
                sequence: workflow.lastSequence, registration: registration, body: Array(body.utf8), createdAt: time,
                receivedAt: time, trace: nil))
    }
}
