package import Domain

/// Matches the artifacts of one batch of lines to registrations and numbers them.
///
/// A value type that starts with what the outbox stored before the batch. If the batch cannot be committed, discarding
/// the router undoes all of it. Sequence numbers have no gaps, because only a matched artifact uses one.
package struct Router: Sendable {
    private let policy: RoutingPolicy
    private var knowledge: Knowledge
    private var changed: Set<CorrelationID> = []
    /// The registrations made in this batch.
    package private(set) var registrations: [Registration] = []

    package init(policy: RoutingPolicy, knowledge: Knowledge) {
        self.policy = policy
        self.knowledge = knowledge
    }

    /// The new state of the workflows that this batch changed.
    package var workflows: [Workflow] { changed.compactMap { knowledge.workflows[$0] } }

    /// Replaces the workflow's registration for later artifacts. The numbering continues.
    package mutating func register(_ request: RegistrationRequest, now: SteadyTime) {
        knowledge.lastRegistration = knowledge.lastRegistration.next
        let registration = policy.registration(request, id: knowledge.lastRegistration)
        registrations.append(registration)
        update(request.correlationID, now: now) { workflow in
            // A writer that sends its lines again must not cause a second completion.
            if workflow.registration?.isRepeated(by: registration) != true { workflow.completionSequence = nil }
            workflow.registration = registration
            workflow.completedAt = nil
            workflow.requestedCompletion = nil
        }
    }

    /// Marks a workflow as complete, and requests its `workflow.completed`. Does not reopen a registration that has
    /// already ended.
    package mutating func complete(_ request: CompletionRequest, now: SteadyTime) {
        let id = request.correlationID
        guard let workflow = knowledge.workflows[id], workflow.completedAt == nil,
            let registration = openRegistration(workflow, now)
        else { return }
        let isRequested =
            registration.filter.events.contains(.workflowCompleted)
            && workflow.completionSequence != workflow.lastSequence
        update(id, now: now) { workflow in
            workflow.completedAt = now
            if isRequested { workflow.requestedCompletion = request.status }
        }
    }

    /// Numbers the `workflow.completed` of a workflow, if it is requested and every delivery before it is final.
    package mutating func acceptCompletion(_ correlationID: CorrelationID, now: SteadyTime) -> Completion? {
        guard let workflow = knowledge.workflows[correlationID], workflow.pending == 0,
            let status = workflow.requestedCompletion, let registration = workflow.registration
        else { return nil }
        let sequence = workflow.lastSequence.next
        let isFirst = knowledge.accepted.insert(ArtifactKey(correlationID, .completion)).inserted
        update(correlationID, now: now) { workflow in
            workflow.lastSequence = sequence
            workflow.pending += 1
            workflow.requestedCompletion = nil
            workflow.completionSequence = sequence
        }
        return Completion(
            registration: registration, sequence: sequence,
            artifactID: isFirst ? .completion : .laterCompletion(sequence), status: status,
            failed: knowledge.failedSequences[correlationID] ?? [])
    }

    package mutating func route(_ artifact: PublishedArtifact, now: SteadyTime) -> Route {
        guard let correlationID = artifact.correlationID else { return .unmatched }
        let key = ArtifactKey(correlationID, artifact.artifactID)
        if knowledge.accepted.contains(key) { return .duplicate }
        guard let workflow = knowledge.workflows[correlationID], let registration = openRegistration(workflow, now)
        else { return .unmatched }
        if policy.visibility == .public && !artifact.isPublic { return .withheld }
        guard registration.filter.matches(artifact) else { return .filtered }
        let sequence = workflow.lastSequence.next
        knowledge.accepted.insert(key)
        update(correlationID, now: now) { workflow in
            workflow.lastSequence = sequence
            workflow.pending += 1
        }
        return .matched(registration, sequence)
    }

    /// The registration, unless the workflow was completed longer ago than the grace or has been idle for too long.
    private func openRegistration(_ workflow: Workflow, _ now: SteadyTime) -> Registration? {
        if let completedAt = workflow.completedAt, now - completedAt > policy.grace { return nil }
        let isIdle = workflow.pending == 0 && now - workflow.lastActivityAt > policy.registrationTTL
        return isIdle ? nil : workflow.registration
    }

    private mutating func update(
        _ correlationID: CorrelationID, now: SteadyTime, _ change: (inout Workflow) -> Void
    ) {
        var workflow =
            knowledge.workflows[correlationID] ?? Workflow(correlationID: correlationID, lastActivityAt: now)
        workflow.lastActivityAt = now
        change(&workflow)
        knowledge.workflows[correlationID] = workflow
        changed.insert(correlationID)
    }
}
