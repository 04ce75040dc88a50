/// What an attempt means for its delivery.
package enum Verdict: Hashable, Sendable {
    case delivered
    /// Due again after the wait.
    case retry(after: Duration)
    case failed(ErrorClass)
}

extension Verdict {
    /// `delivered`, `retry` or `failed`.
    package var name: String {
        switch self {
        case .delivered: "delivered"
        case .retry: "retry"
        case .failed: "failed"
        }
    }
}
