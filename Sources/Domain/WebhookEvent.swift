/// An event that a registration may ask for, by its `event_type`.
package enum WebhookEvent: String, Hashable, Sendable, CaseIterable {
    case artifactCreated = "artifact.created"
    case workflowCompleted = "workflow.completed"
}
