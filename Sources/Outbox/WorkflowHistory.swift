package import Domain

/// A workflow with a page of its deliveries.
package struct WorkflowHistory: Sendable {
    package let summary: WorkflowSummary
    /// Those of the page that are in the history, by sequence number.
    package let deliveries: [DeliveryHistory]
    /// The first sequence number of the next page; nil: this is the last page.
    package let next: SequenceNumber?
    /// The first delivery in the history; nil: there is none.
    package let first: SequenceNumber?
    /// Number of deliveries that are no longer in the history.
    package let gaps: Int
    /// Empty unless the query asks for ranges.
    package let ranges: [DeliveryRange]

    package init(
        summary: WorkflowSummary, deliveries: [DeliveryHistory], next: SequenceNumber?, first: SequenceNumber?,
        gaps: Int, ranges: [DeliveryRange]
    ) {
        self.summary = summary
        self.deliveries = deliveries
        self.next = next
        self.first = first
        self.gaps = gaps
        self.ranges = ranges
    }
}
