/// What the relay stores about one workflow: its registration, its numbering and its last activity.
package struct Workflow: Sendable {
    package let correlationID: CorrelationID
    /// nil: never registered, or the registration has ended.
    package var registration: Registration?
    /// The last number assigned; 0 before the first.
    package var lastSequence: SequenceNumber
    /// When the last line about this workflow was accepted.
    package var lastActivityAt: SteadyTime
    /// When a writer reported the workflow as complete.
    package var completedAt: SteadyTime?
    /// The status of a `workflow.completed` that is not accepted yet.
    package var requestedCompletion: CompletionStatus?
    /// The number of the last `workflow.completed` of this registration; nil: there was none.
    package var completionSequence: SequenceNumber?
    /// Deliveries that are not final yet.
    package var pending: Int

    package init(correlationID: CorrelationID, lastActivityAt: SteadyTime) {
        self.correlationID = correlationID
        self.lastActivityAt = lastActivityAt
        lastSequence = SequenceNumber(0)
        pending = 0
    }
}
