import Dispatching
import Domain
import Synchronization
import TestSupport

/// Takes requests and ends them when a test says how.
final class ScriptedSender: RequestSender {
    struct Sent: Sendable {
        let request: OutgoingRequest
        private let continuation: CheckedContinuation<SendResult, Never>

        init(_ request: OutgoingRequest, _ continuation: CheckedContinuation<SendResult, Never>) {
            self.request = request
            self.continuation = continuation
        }

        func header(_ name: String) -> String? { request.headers.first { $0.name == name }?.value }

        func answer(_ status: Int, retryAfter: String? = nil) {
            continuation.resume(returning: .ended(.answered(status: status, retryAfter: retryAfter)))
        }
        func fail(_ error: ErrorClass) { continuation.resume(returning: .ended(.failed(error))) }
        func doNotSend(_ shortage: Shortage) { continuation.resume(returning: .notSent(shortage)) }
    }

    private let waiting = Mutex<[Sent]>([])

    func send(_ request: OutgoingRequest) async -> SendResult {
        await withCheckedContinuation { continuation in
            waiting.withLock { $0.append(Sent(request, continuation)) }
        }
    }

    /// Requests that have not been taken with ``next()``.
    var count: Int { waiting.withLock { $0.count } }

    func next() async throws -> Sent {
        try await eventually("a request is sent") { count > 0 }
        return waiting.withLock { $0.removeFirst() }
    }
}
