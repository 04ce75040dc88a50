/// How a workflow ended, in the words of its writer.
package enum CompletionStatus: String, Hashable, Sendable, CaseIterable {
    case succeeded
    case failed
    case cancelled
    case timedOut = "timed_out"
    /// Nothing more is under way for the workflow.
    case idle
}
