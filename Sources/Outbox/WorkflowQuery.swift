/// A page of the list of workflows.
package struct WorkflowQuery: Sendable {
    package let filter: WorkflowFilter
    /// Only workflows whose ids contain these bytes; empty: all.
    package let search: String
    /// The most workflows on the page, at least 1.
    package let limit: Int
    /// The page begins after this place; nil: with the latest activity.
    package let after: WorkflowPlace?

    package init(_ filter: WorkflowFilter, search: String = "", limit: Int, after: WorkflowPlace? = nil) {
        self.filter = filter
        self.search = search
        self.limit = limit
        self.after = after
    }
}
