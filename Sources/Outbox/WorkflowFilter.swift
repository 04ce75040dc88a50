package import Domain

package enum WorkflowFilter: String, Sendable {
    case all, active, finished

    package func includes(_ workflow: Workflow) -> Bool { self == .all || (workflow.pending > 0) == (self == .active) }
}
