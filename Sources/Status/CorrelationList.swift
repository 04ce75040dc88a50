/// The answer of `/correlations`.
package struct CorrelationList: Codable, Sendable {
    package let correlations: [CorrelationReport]
    /// The `cursor` of the next page; nil on the last one.
    package let nextCursor: String?

    package init(correlations: [CorrelationReport], nextCursor: String?) {
        self.correlations = correlations
        self.nextCursor = nextCursor
    }
}
