/// One accepted line, reduced to what the relay uses.
package enum Event: Sendable {
    case published(PublishedArtifact)
    case registered(RegistrationRequest)
    case completed(CompletionRequest)
    case redeliver(RedeliveryRequest)
    case hello(Hello)
    /// An event that is only counted.
    case noted(EventKind)

    package var kind: EventKind {
        switch self {
        case .published: .messagePublished
        case .registered: .webhookRegistered
        case .completed: .workflowCompleted
        case .redeliver: .redeliver
        case .hello: .hello
        case .noted(let kind): kind
        }
    }
}
