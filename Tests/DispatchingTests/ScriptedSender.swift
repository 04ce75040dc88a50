import Dispatching
import Domain
import Synchronization
import TestSupport

/// Takes requests and ends them when a test says how.
final class ScriptedSender: RequestSender {
    struct Sent: Sendable {
        let request: OutgoingRequest
        private let ended: @Sendable (SendResult) -> Void

        init(_ request: OutgoingRequest, _ ended: @escaping @Sendable (SendResult) -> Void) {
            self.request = request
            self.ended = ended
        }

        func header(_ name: String) -> String? { request.headers.first { $0.name == name }?.value }

        func answer(_ status: Int, retryAfter: String? = nil) {
            ended(.ended(.answered(status: status, retryAfter: retryAfter)))
        }
        func fail(_ error: ErrorClass) { ended(.ended(.failed(error))) }
        func doNotSend(_ shortage: Shortage) { ended(.notSent(shortage)) }
    }

    private let waiting = Mutex<[Sent]>([])

    func send(_ request: OutgoingRequest, _ ended: @escaping @Sendable (SendResult) -> Void) {
        waiting.withLock { $0.append(Sent(request, ended)) }
    }

    /// Requests that have not been taken with ``next()``.
    var count: Int { waiting.withLock { $0.count } }

    func next() async throws -> Sent {
        try await eventually("a request is sent") { count > 0 }
        return waiting.withLock { $0.removeFirst() }
    }
}
