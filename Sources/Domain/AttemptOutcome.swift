/// How one POST ended.
package enum AttemptOutcome: Hashable, Sendable {
    /// A final status line and headers arrived.
    case answered(status: Int, retryAfter: String?)
    case failed(ErrorClass)

    /// nil for 2xx.
    package var errorClass: ErrorClass? {
        switch self {
        case .answered(let status, _): (200...299).contains(status) ? nil : .http(status)
        case .failed(let error): error
        }
    }

    package var status: Int? {
        if case .answered(let status, _) = self { status } else { nil }
    }
}
