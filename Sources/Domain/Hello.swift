/// The options that a writer sets for its connection.
package struct Hello: Hashable, Sendable {
    /// The writer reads replies.
    package let acknowledgements: Bool
    /// The writer may register a workflow after publishing, so its unmatched artifacts are kept for a while.
    package let grace: Bool

    package init(acknowledgements: Bool, grace: Bool) {
        self.acknowledgements = acknowledgements
        self.grace = grace
    }
}
