import Events
import Outbox
import TestSupport

extension Outbox {
    /// Accepts deliveries as intake does: looks the workflows up, numbers, commits.
    ///
    /// - Parameter knowledge: what was looked up, where time passes between that and the commit.
    @discardableResult
    func accept(
        _ artifacts: [String], of workflow: String = "w", at time: WallTime = Sample.noon, body: String = "{}",
        knowledge: Knowledge? = nil
    ) async throws -> [Delivery] {
        let id = CorrelationID(workflow)
        let known: Knowledge
        if let knowledge { known = knowledge } else { known = try await lookUp([id], []) }
        let last = try await lastIDs()
        var state = known.workflows[id] ?? Workflow(correlationID: id, lastActivityAt: time)
        var registrations: [StoredRegistration] = []
        if state.registration == nil {
            let stored = StoredRegistration(
                id: RegistrationID(last.registration.rawValue + 1), registration: try Sample.registration(workflow))
            state.registration = stored
            registrations = [stored]
        }
        var deliveries: [Delivery] = []
        for artifact in artifacts {
            state.lastSequence = state.lastSequence.next
            state.pending += 1
            state.lastArtifactAt = time
            deliveries.append(
                try Sample.delivery(
                    last.delivery.rawValue + Int64(deliveries.count) + 1, of: workflow, artifact: artifact,
                    sequence: state.lastSequence.rawValue, body: body, receivedAt: time))
        }
        state.lastActivityAt = time
        try await commit(Acceptance(registrations: registrations, deliveries: deliveries, workflows: [state]))
        return deliveries
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
        age: Duration = .seconds(86_400), count: Int = 100_000, ttl: Duration = .seconds(86_400)
    ) -> Retention {
        Retention(historyMaxAge: age, historyMaxDeliveries: count, registrationTTL: ttl)
    }
}

extension Duration {
    static func hours(_ number: Int) -> Duration { .seconds(number * 3_600) }
}
