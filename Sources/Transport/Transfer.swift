internal import Domain
internal import Foundation
internal import FoundationNetworking

/// One request on its way through a URLSession and its engine. It travels as the task's delegate (rule R13 of
/// docs/urlsession.md).
final class Transfer: NSObject, URLSessionTaskDelegate {
    let request: OutgoingRequest
    let startedAt = ContinuousClock.now
    private let started: @Sendable (Transfer) -> Void
    private let ended: @Sendable (SendResult) -> Void
    /// Set while the URLSession waits for the end of the task. Only the session's queue touches it (rule R1).
    nonisolated(unsafe) private var loading: URLProtocol?

    /// - Parameters:
    ///   - started: called once, on the session's queue; what it starts calls ``end(_:)`` there.
    ///   - ended: called once, on the session's queue.
    init(
        _ request: OutgoingRequest, started: @escaping @Sendable (Transfer) -> Void,
        ended: @escaping @Sendable (SendResult) -> Void
    ) {
        self.request = request
        self.started = started
        self.ended = ended
    }

    var deadline: ContinuousClock.Instant { startedAt + request.timeout }

    /// The session's queue: the task begins.
    func start(_ loading: URLProtocol) {
        unsafe self.loading = loading
        started(self)
    }

    /// The session's queue: the session ends the task by itself and makes the terminal call (rule R3).
    func stop() { unsafe loading = nil }

    /// The session's queue: the engine has ended the transfer. The task has exactly one terminal call (rule R2).
    func end(_ result: SendResult) {
        if let loading = unsafe loading {
            unsafe self.loading = nil
            loading.client?.urlProtocolDidFinishLoading(loading)
            loading.client = nil
        }
        ended(result)
    }
}

/// Gives the tasks of the relay's URLSessions to their engines instead of Foundation's own HTTP code.
final class EngineProtocol: URLProtocol {
    /// True for every request: what is not taken here falls through to Foundation's own loader (rule R11).
    override class func canInit(with request: URLRequest) -> Bool { true }
    override class func canonicalRequest(for request: URLRequest) -> URLRequest { request }
    override func startLoading() { (task?.delegate as? Transfer)?.start(self) }
    override func stopLoading() { (task?.delegate as? Transfer)?.stop() }
}
