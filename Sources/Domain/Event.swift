/// One accepted line, as far as the relay cares about it.
package enum Event: Sendable {
    case published(PublishedArtifact)
    case registered(RegistrationRequest)
    case completed(CorrelationID)
    case hello(Hello)
    /// Recognised and counted, with nothing to do.
    case noted(EventKind)

    package var kind: EventKind {
        switch self {
        case .published: .messagePublished
        case .registered: .webhookRegistered
        case .completed: .workflowCompleted
        case .hello: .hello
        case .noted(let kind): kind
        }
    }
}
