internal import Domain
internal import Synchronization

/// One request on its way through a URLSession and its engine.
final class Transfer: Sendable {
    let request: OutgoingRequest
    let deadline: ContinuousClock.Instant
    /// Called once, on the engine's thread.
    let ended: @Sendable (SendResult) -> Void
    private let usedTask = Mutex<StartedTask?>(nil)

    init(_ request: OutgoingRequest, ended: @escaping @Sendable (SendResult) -> Void) {
        self.request = request
        deadline = .now + request.timeout
        self.ended = ended
    }

    /// The task that is used for the request; set before the engine gets it.
    var task: StartedTask? {
        get { usedTask.withLock { $0 } }
        set { usedTask.withLock { $0 = newValue } }
    }
}
