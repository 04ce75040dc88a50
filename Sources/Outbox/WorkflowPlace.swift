package import Domain

/// The place of a workflow in the list, which begins with the latest activity. A workflow keeps its place until its next
/// activity, so a page that begins behind a place skips and repeats none of those that were idle meanwhile.
package struct WorkflowPlace: Hashable, Comparable, Sendable {
    package let lastActivityAt: SteadyTime
    /// Distinguishes workflows with the same time. The outbox chooses it.
    package let key: Int64

    package init(lastActivityAt: SteadyTime, key: Int64) {
        self.lastActivityAt = lastActivityAt
        self.key = key
    }

    /// The place before all others.
    package static let start = WorkflowPlace(lastActivityAt: SteadyTime(microseconds: .max), key: .max)

    /// The smaller place is farther down in the list.
    package static func < (left: WorkflowPlace, right: WorkflowPlace) -> Bool {
        (left.lastActivityAt, left.key) < (right.lastActivityAt, right.key)
    }
}
