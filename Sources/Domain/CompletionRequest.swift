/// A writer reports that a workflow has ended.
package struct CompletionRequest: Sendable {
    package let correlationID: CorrelationID
    package let status: CompletionStatus

    package init(correlationID: CorrelationID, status: CompletionStatus = .idle) {
        self.correlationID = correlationID
        self.status = status
    }
}
