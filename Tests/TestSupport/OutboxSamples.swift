package import Domain
package import Outbox

extension AcceptanceStore {
    /// Accepts deliveries as intake does: looks the workflow up, numbers, commits.
    ///
    /// - Parameters:
    ///   - url: the target, if the workflow has no registration yet.
    ///   - failing: the artifacts that are accepted as failed.
    @discardableResult
    package func accept(
        _ artifacts: [String], registration url: String = "https://a.example/hook", secret: String? = nil,
        ordering: DeliveryOrder = .parallel, of workflow: String = "w", at time: SteadyTime = Sample.noon,
        body: String = "{}", failing: [String: ErrorClass] = [:]
    ) async throws -> [Delivery] {
        try await accept(.workflow(workflow)) { knowledge in
            var batch = SampleBatch(workflow, knowledge, at: time)
            if batch.workflow.registration == nil {
                try batch.register(url: url, secret: secret, ordering: ordering)
            }
            for artifact in artifacts { batch.add(artifact, body: body, failed: failing[artifact]) }
            return (batch.acceptance, batch.acceptance.deliveries)
        }
    }

    /// Accepts an artifact, a new registration, and another artifact in one commit.
    package func acceptAroundRegistration() async throws -> (old: Delivery, new: Delivery) {
        try await accept(.workflow("w")) { knowledge in
            var batch = SampleBatch("w", knowledge, at: Sample.noon)
            batch.add("old", body: "{}")
            try batch.register(url: "https://new.example/", secret: "new")
            batch.add("new", body: "{}")
            return (batch.acceptance, (batch.acceptance.deliveries[0], batch.acceptance.deliveries[1]))
        }
    }

    /// Accepts artifacts of "w" after a new registration.
    @discardableResult
    package func move(
        to url: String, secret: String? = nil, ordering: DeliveryOrder = .parallel, format: BodyFormat = .flat,
        _ artifacts: [String] = []
    ) async throws -> [Delivery] {
        try await accept(.workflow("w")) { knowledge in
            var batch = SampleBatch("w", knowledge, at: Sample.noon)
            try batch.register(url: url, secret: secret, ordering: ordering, format: format)
            for artifact in artifacts { batch.add(artifact, body: "{}") }
            return (batch.acceptance, batch.acceptance.deliveries)
        }
    }

    /// Changes the state of a workflow.
    package func change(
        _ workflow: String = "w", _ body: @escaping @Sendable (inout Workflow) -> Void
    ) async throws {
        try await accept(.workflow(workflow)) { knowledge in
            guard var workflow = knowledge.workflows[CorrelationID(workflow)] else { return (Acceptance(), ()) }
            body(&workflow)
            return (Acceptance(workflows: [workflow]), ())
        }
    }

    /// Looks failed deliveries of a workflow up, and makes those pending again whose bodies are kept.
    ///
    /// - Parameters:
    ///   - sequences: nil for all that failed.
    ///   - maxBytes: of all bodies afterwards.
    /// - Returns: what was found; nil for an unknown workflow.
    @discardableResult
    package func redeliver(
        _ sequences: Set<Int64>? = nil, of workflow: String = "w", maxBytes: Int? = nil
    ) async throws -> [Int64: Redelivery]? {
        var query = IntakeQuery.workflow(workflow)
        let id = CorrelationID(workflow)
        if let sequences {
            query.redeliveredSequences[id] = Set(sequences.map { SequenceNumber($0) })
        } else {
            query.redeliveredWorkflows.insert(id)
        }
        return try await accept(query) { knowledge in
            let found = knowledge.redeliveries[id]
            let tickets = (found ?? [:]).values.compactMap {
                if case .possible(let ticket) = $0 { ticket } else { nil }
            }
            return (
                Acceptance(redelivered: tickets, maxBytes: maxBytes),
                found.map { Dictionary(uniqueKeysWithValues: $0.map { ($0.key.rawValue, $0.value) }) }
            )
        }
    }

    /// Commits without a look-up.
    package func commit(_ acceptance: Acceptance) async throws {
        try await accept(IntakeQuery()) { _ in (acceptance, ()) }
    }

    /// Looks up what the outbox knows, without a change.
    package func knowledge(_ query: IntakeQuery = IntakeQuery()) async throws -> Knowledge {
        try await accept(query) { (Acceptance(), $0) }
    }

    package func workflow(_ workflow: String = "w") async throws -> Workflow? {
        try await knowledge(.workflow(workflow)).workflows[CorrelationID(workflow)]
    }

    /// Bytes of pending bodies for an origin.
    package func pendingBytes(to origin: Origin) async throws -> Int? {
        var query = IntakeQuery()
        query.origins = [origin]
        return try await knowledge(query).pendingBytesByOrigin[origin]
    }

    /// Which of these artifacts were accepted before.
    package func accepted(_ artifacts: [String], of workflow: String = "w") async throws -> Set<String> {
        var query = IntakeQuery.workflow(workflow)
        query.artifacts = artifacts.map { ArtifactKey(CorrelationID(workflow), ArtifactID($0)) }
        return Set(try await knowledge(query).accepted.map(\.artifactID.rawValue))
    }
}

extension IntakeQuery {
    package static func workflow(_ id: String) -> IntakeQuery {
        var query = IntakeQuery()
        query.workflows = [CorrelationID(id)]
        return query
    }
}

extension Retention {
    package static func sample(
        age: Duration = .seconds(86_400), count: Int = 100_000, ttl: Duration = .seconds(86_400),
        completion: Duration? = nil, keep: Duration = .zero
    ) -> Retention {
        Retention(
            historyMaxAge: age, historyMaxDeliveries: count, keepFailed: keep, registrationTTL: ttl,
            completionGrace: completion)
    }
}

extension Duration {
    package static func hours(_ number: Int) -> Duration { .seconds(number * 3_600) }
}

/// One commit about one workflow, as intake makes it.
private struct SampleBatch {
    let knowledge: Knowledge
    let time: SteadyTime
    var workflow: Workflow
    private var registrations: [Registration] = []
    private var deliveries: [Delivery] = []
    private var failedOnAcceptance: [DeliveryID: ErrorClass] = [:]

    init(_ workflow: String, _ knowledge: Knowledge, at time: SteadyTime) {
        let id = CorrelationID(workflow)
        self.knowledge = knowledge
        self.time = time
        self.workflow = knowledge.workflows[id] ?? Workflow(correlationID: id, lastActivityAt: time)
    }

    var acceptance: Acceptance {
        var changed = workflow
        changed.lastActivityAt = time
        return Acceptance(
            registrations: registrations, deliveries: deliveries, workflows: [changed],
            failedOnAcceptance: failedOnAcceptance)
    }

    mutating func register(
        url: String, secret: String? = nil, ordering: DeliveryOrder = .parallel, format: BodyFormat = .flat
    ) throws {
        let last = registrations.last?.id ?? knowledge.lastRegistration
        let registration = try Sample.registration(
            workflow.correlationID.rawValue, id: last.next.rawValue, url: url, secret: secret, ordering: ordering,
            format: format)
        registrations.append(registration)
        workflow.registration = registration
    }

    mutating func add(_ artifact: String, body: String, failed: ErrorClass? = nil) {
        guard let registration = workflow.registration else { return }
        let id = (deliveries.last?.id ?? knowledge.lastDelivery).next
        workflow.lastSequence = workflow.lastSequence.next
        if let failed { failedOnAcceptance[id] = failed } else { workflow.pending += 1 }
        deliveries.append(
            Delivery(
                id: id, correlationID: workflow.correlationID, artifactID: ArtifactID(artifact), artifactType: "Order",
                sequence: workflow.lastSequence, registration: registration, body: Array(body.utf8),
                createdAt: Sample.moment(time).wall,
                receivedAt: time, trace: nil))
    }
}
