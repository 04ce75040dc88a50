package import Domain

/// A workflow in a list.
package struct WorkflowSummary: Sendable {
    package let workflow: Workflow
    package let delivered: Int
    package let failed: Int

    package init(workflow: Workflow, delivered: Int, failed: Int) {
        self.workflow = workflow
        self.delivered = delivered
        self.failed = failed
    }

    /// Whether a delivery is pending.
    package var isActive: Bool { workflow.pending > 0 }
}
