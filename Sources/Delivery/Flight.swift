package import Events
package import Frames

/// How a request ended.
package struct PostResult: Sendable {
    package let outcome: AttemptOutcome
    /// When it was given to its last sender, if one before died under it: that time is nobody's attempt.
    package let restartedAt: MonotonicTime?

    init(outcome: AttemptOutcome, restartedAt: MonotonicTime?) {
        self.outcome = outcome
        self.restartedAt = restartedAt
    }

    /// A request that was never sent.
    init(_ error: ErrorClass) { self.init(outcome: .failed(error), restartedAt: nil) }
}

/// A request on its way, from the call of ``SenderPool/send(_:_:)`` to its outcome.
package struct Flight {
    let request: SendRequest
    let origin: Origin
    /// The origin answered the last time, so this request is hardly what kills or freezes a sender.
    let isTrusted: Bool
    private let continuation: CheckedContinuation<PostResult, Never>
    /// When it was given to the sender that has it now.
    var startedAt: MonotonicTime?
    /// It is, or was, in the sender set apart.
    var isTrial = false

    package init(
        request: SendRequest, origin: Origin, isTrusted: Bool = false,
        continuation: CheckedContinuation<PostResult, Never>
    ) {
        self.request = request
        self.origin = origin
        self.isTrusted = isTrusted
        self.continuation = continuation
    }

    /// What ends it.
    func end(_ outcome: AttemptOutcome) -> PoolState.Action {
        .end(continuation, PostResult(outcome: outcome, restartedAt: isTrial ? startedAt : nil))
    }
}
