/// What the relay remembers of one workflow: its registration, its numbering, its last signs of life.
package struct Workflow: Sendable {
    package let correlationID: CorrelationID
    /// nil: none, or ended.
    package var registration: Registration?
    /// The last number given out; 0 before the first.
    package var lastSequence: SequenceNumber
    /// When the last line about this workflow was accepted.
    package var lastActivityAt: WallTime
    /// When a writer reported that it was complete.
    package var completedAt: WallTime?
    /// Deliveries that are not final yet.
    package var pending: Int

    package init(correlationID: CorrelationID, lastActivityAt: WallTime) {
        self.correlationID = correlationID
        self.lastActivityAt = lastActivityAt
        lastSequence = SequenceNumber(0)
        pending = 0
    }
}
