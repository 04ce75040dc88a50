/// The kinds of line that are told apart and counted.
package enum EventKind: String, Sendable, CaseIterable {
    case messagePublished = "message_published"
    case agentActivated = "agent_activated"
    case agentCompleted = "agent_completed"
    case agentError = "agent_error"
    case streamingOutput = "streaming_output"
    case correlationGroupUpdated = "correlation_group_updated"
    case batchItemAdded = "batch_item_added"
    case externalAgentSpawned = "external_agent_spawned"
    case externalAgentCompleted = "external_agent_completed"
    case externalAgentFailed = "external_agent_failed"
    case webhookRegistered = "webhook_registered"
    case workflowCompleted = "workflow_completed"
    case hello
    case unknown
}

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

/// How a writer wants to be treated from now on.
package struct Hello: Hashable, Sendable {
    /// The writer reads replies.
    package let acknowledgements: Bool
    /// The writer may register after it publishes, so its unmatched artifacts wait.
    package let grace: Bool

    package init(acknowledgements: Bool, grace: Bool) {
        self.acknowledgements = acknowledgements
        self.grace = grace
    }
}

/// A registration as a writer asks for it: nil means the configured default.
package struct RegistrationRequest: Sendable {
    package let correlationID: CorrelationID
    package let url: WebhookURL
    package let secret: WebhookSecret?
    package let ordering: DeliveryOrder?
    package let format: BodyFormat?
    package let maxRetries: Int?

    package init(
        correlationID: CorrelationID, url: WebhookURL, secret: WebhookSecret? = nil, ordering: DeliveryOrder? = nil,
        format: BodyFormat? = nil, maxRetries: Int? = nil
    ) {
        self.correlationID = correlationID
        self.url = url
        self.secret = secret
        self.ordering = ordering
        self.format = format
        self.maxRetries = maxRetries
    }
}

/// An artifact that Flock published.
///
/// The ids are decoded for matching; whatever reaches a receiver's body is a piece of the writer's own bytes.
package struct PublishedArtifact: Sendable {
    package let artifactID: ArtifactID
    /// nil: the line had `null` or an empty text, so no registration can match.
    package let correlationID: CorrelationID?
    package let artifactType: String
    /// When the artifact was made; nil if the line's time could not be read.
    package let createdAt: WallTime?
    /// Whether `visibility.kind` is `Public`, or the line says nothing of visibility.
    package let isPublic: Bool
    package let trace: TraceContext?
    /// A registration that came on the same line.
    package let registration: RegistrationRequest?
    package let fragments: BodyFragments

    package init(
        artifactID: ArtifactID, correlationID: CorrelationID?, artifactType: String, createdAt: WallTime?,
        isPublic: Bool, trace: TraceContext?, registration: RegistrationRequest?, fragments: BodyFragments
    ) {
        self.artifactID = artifactID
        self.correlationID = correlationID
        self.artifactType = artifactType
        self.createdAt = createdAt
        self.isPublic = isPublic
        self.trace = trace
        self.registration = registration
        self.fragments = fragments
    }
}

/// The JSON values of one artifact, each as the writer's bytes: they are spliced into bodies, never re-made.
package struct BodyFragments: Sendable {
    /// The line.
    package let line: [UInt8]
    package let artifactID: Range<Int>
    package let artifactType: Range<Int>
    package let producedBy: Range<Int>
    package let correlationID: Range<Int>
    package let payload: Range<Int>
    package let createdAt: Range<Int>
    /// nil: `[]`.
    package let tags: Range<Int>?
    package let timestamp: Range<Int>

    /// All ranges are indices of `line`.
    package init(
        line: [UInt8], artifactID: Range<Int>, artifactType: Range<Int>, producedBy: Range<Int>,
        correlationID: Range<Int>, payload: Range<Int>, createdAt: Range<Int>, tags: Range<Int>?,
        timestamp: Range<Int>
    ) {
        self.line = line
        self.artifactID = artifactID
        self.artifactType = artifactType
        self.producedBy = producedBy
        self.correlationID = correlationID
        self.payload = payload
        self.createdAt = createdAt
        self.tags = tags
        self.timestamp = timestamp
    }
}
