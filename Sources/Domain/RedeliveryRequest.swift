/// A writer asks to send failed deliveries of a workflow again.
package struct RedeliveryRequest: Sendable {
    package let correlationID: CorrelationID
    /// nil: all that failed.
    package let sequences: Set<SequenceNumber>?

    package init(correlationID: CorrelationID, sequences: Set<SequenceNumber>? = nil) {
        self.correlationID = correlationID
        self.sequences = sequences
    }
}
