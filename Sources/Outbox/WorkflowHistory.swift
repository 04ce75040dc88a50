/// A workflow with all its deliveries in the history.
package struct WorkflowHistory: Sendable {
    package let summary: WorkflowSummary
    package let deliveries: [DeliveryHistory]

    package init(summary: WorkflowSummary, deliveries: [DeliveryHistory]) {
        self.summary = summary
        self.deliveries = deliveries
    }
}
