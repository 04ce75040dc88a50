/// How a writer wants to be treated from now on.
package struct Hello: Hashable, Sendable {
    /// The writer reads replies.
    package let acknowledgements: Bool
    /// The writer may register after it publishes, so its unmatched artifacts wait.
    package let grace: Bool

    package init(acknowledgements: Bool, grace: Bool) {
        self.acknowledgements = acknowledgements
        self.grace = grace
    }
}
