internal import Domain
internal import Outbox
internal import Routing

extension IntakeQuery {
    /// Adds what intake looks up to decide a line.
    ///
    /// - Parameter grace: the held artifacts, which a registration of their workflow decides.
    mutating func add(_ event: Event, _ grace: UnmatchedGrace<HeldArtifact>) {
        switch event {
        case .published(let artifact):
            guard let id = artifact.correlationID else { return }
            workflows.insert(id)
            artifacts.append(ArtifactKey(id, artifact.artifactID))
            if let request = artifact.registration { add(request, grace) }
        case .registered(let request): add(request, grace)
        case .completed(let request): workflows.insert(request.correlationID)
        case .redeliver(let request): add(request)
        case .hello, .noted: break
        }
    }

    private mutating func add(_ request: RedeliveryRequest) {
        workflows.insert(request.correlationID)
        if let sequences = request.sequences {
            redeliveredSequences[request.correlationID, default: []].formUnion(sequences)
        } else {
            redeliveredWorkflows.insert(request.correlationID)
        }
    }

    private mutating func add(_ request: RegistrationRequest, _ grace: UnmatchedGrace<HeldArtifact>) {
        let id = request.correlationID
        workflows.insert(id)
        origins.insert(request.url.origin)
        artifacts += grace.held(of: id).map { ArtifactKey(id, $0.artifact.artifactID) }
    }
}
