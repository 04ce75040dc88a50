package enum WorkflowFilter: String, Sendable {
    case all, active, finished
}
