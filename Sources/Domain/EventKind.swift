/// The kinds of line that the relay distinguishes and counts.
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
    case redeliver
    case hello
    case unknown
}
