package import Domain

/// A page of the deliveries of one workflow.
package struct HistoryQuery: Sendable {
    package enum State: String, Sendable, CaseIterable {
        case pending, delivered, failed
    }

    /// The first sequence number of the page.
    package let from: SequenceNumber
    /// The most deliveries on the page, at least 1.
    package let limit: Int
    /// Only deliveries in this state; nil: all.
    package let state: State?
    /// Into how many ranges of sequence numbers the deliveries are counted; 0: they are not counted.
    package let ranges: Int

    package init(
        from: SequenceNumber = SequenceNumber(1), limit: Int, state: State? = nil, ranges: Int = 0
    ) {
        self.from = from
        self.limit = limit
        self.state = state
        self.ranges = ranges
    }
}
