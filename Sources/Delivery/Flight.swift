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
    package init(_ error: ErrorClass) { self.init(outcome: .failed(error), restartedAt: nil) }
}

/// A request on its way, from the call of ``SenderPool/send(_:isTrusted:timeout:_:)`` to its outcome.
package struct Flight {
    let id: UInt64
    /// From the moment its sender reads it.
    let timeout: Duration
    let origin: Origin
    /// The origin answered the last time, so this request is hardly what kills or freezes a sender.
    let isTrusted: Bool
    /// Called only when it is sent, for the request tells the time, and it may wait for long before.
    let makeRequest: @Sendable () -> SendRequest
    private let continuation: CheckedContinuation<PostResult, Never>
    /// When it was given to the sender that has it now.
    var startedAt: MonotonicTime?
    /// It is, or was, in a sender set apart.
    var isTrial = false

    package init(
        id: UInt64, timeout: Duration, origin: Origin, isTrusted: Bool,
        continuation: CheckedContinuation<PostResult, Never>, makeRequest: @escaping @Sendable () -> SendRequest
    ) {
        self.id = id
        self.timeout = timeout
        self.origin = origin
        self.isTrusted = isTrusted
        self.makeRequest = makeRequest
        self.continuation = continuation
    }

    /// As the quarantine knows it.
    var suspect: Quarantine.Suspect { Quarantine.Suspect(request: id, origin: origin, isTrusted: isTrusted) }

    /// What ends it.
    func end(_ outcome: AttemptOutcome) -> PoolState.Action {
        .end(continuation, PostResult(outcome: outcome, restartedAt: isTrial ? startedAt : nil))
    }
}
