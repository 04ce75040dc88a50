internal import Events
internal import Routing

/// What the outbox must be asked before a batch of lines can be decided.
struct IntakeQuestion {
    private let grace: UnmatchedGrace<HeldArtifact>
    private(set) var workflows: Set<CorrelationID> = []
    private(set) var artifacts: [ArtifactKey] = []

    init(grace: UnmatchedGrace<HeldArtifact>) { self.grace = grace }

    mutating func add(_ event: Event) {
        switch event {
        case .published(let artifact):
            guard let id = artifact.correlationID else { return }
            workflows.insert(id)
            artifacts.append(ArtifactKey(id, artifact.artifactID))
            if artifact.registration != nil { addHeld(id) }
        case .registered(let request):
            workflows.insert(request.correlationID)
            addHeld(request.correlationID)
        case .completed(let id): workflows.insert(id)
        case .hello, .noted: break
        }
    }

    /// A registration decides on what was held for it, too.
    private mutating func addHeld(_ id: CorrelationID) {
        artifacts += grace.held(of: id).map { ArtifactKey(id, $0.artifact.artifactID) }
    }
}
