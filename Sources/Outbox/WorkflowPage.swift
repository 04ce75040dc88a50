/// A page of the list of workflows, the latest activity first.
package struct WorkflowPage: Sendable {
    package let workflows: [WorkflowSummary]
    /// The next page begins after this place; nil: this is the last page.
    package let next: WorkflowPlace?

    package init(workflows: [WorkflowSummary], next: WorkflowPlace?) {
        self.workflows = workflows
        self.next = next
    }
}
