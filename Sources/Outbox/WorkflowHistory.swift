/// A workflow with every delivery still remembered.
package struct WorkflowHistory: Sendable {
    package let summary: WorkflowSummary
    package let deliveries: [DeliveryHistory]

    package init(summary: WorkflowSummary, deliveries: [DeliveryHistory]) {
        self.summary = summary
        self.deliveries = deliveries
    }
}
