internal import Domain
internal import Foundation
internal import FoundationNetworking
internal import Synchronization

/// One URLSession and its engine. Lives as long as the process, because a session must not be released (rule R7 of
/// docs/urlsession.md).
final class PooledSession: Sendable {
    private struct State {
        var lastID: UInt64 = 0
        /// Deadlines of the requests in flight.
        var deadlines: [UInt64: ContinuousClock.Instant] = [:]
    }

    /// A placeholder from which every task is created. The actual request is passed in the task's delegate, so that
    /// Foundation parses no external input (rules R13 and R14).
    static let request = URLRequest(url: URL(fileURLWithPath: "/"))

    private let session: URLSession
    private let engine: CurlEngine
    private let state = Mutex(State())

    /// - Throws: ``TransportError`` if the session's queue is not found, or no file descriptor is available.
    init(number: Int, limits: EngineLimits, caFile: String?) async throws {
        session = URLSession(configuration: Self.configuration)
        let queue = try SessionQueue(of: session)
        engine = try CurlEngine(
            name: "transport-\(number)", limits: limits, queue: queue.queue, caFile: caFile)
        try await queue.verify(session)
    }

    private static var configuration: URLSessionConfiguration {
        let configuration = URLSessionConfiguration.ephemeral
        configuration.protocolClasses = [EngineProtocol.self]
        // Rule R8: with a cache, Foundation creates the protocol on another queue.
        configuration.urlCache = nil
        configuration.urlCredentialStorage = nil
        configuration.httpCookieStorage = nil
        configuration.httpShouldSetCookies = false
        return configuration
    }

    /// - Parameter ended: called once, on the session's queue; never after ``stop()``.
    func send(_ request: OutgoingRequest, _ ended: @escaping @Sendable (SendResult) -> Void) {
        let id = state.withLock { state in
            state.lastID += 1
            state.deadlines[state.lastID] = .now + request.timeout
            return state.lastID
        }
        let transfer = Transfer(request, started: engine.start) { [self] result in
            state.withLock { _ = $0.deadlines.removeValue(forKey: id) }
            ended(result)
        }
        // Rule R4: never called on a session's queue. Rule R12: every task is resumed.
        let task = session.dataTask(with: Self.request)
        task.delegate = transfer
        task.resume()
    }

    func stop() { engine.stop() }
    func waitUntilStopped(deadline: DispatchTime) { engine.waitUntilStopped(deadline: deadline) }

    var figures: SessionFigures {
        SessionFigures(inFlight: state.withLock { $0.deadlines.count }, connections: engine.connectionCount)
    }

    /// The earliest deadline of a request in flight.
    var oldestDeadline: ContinuousClock.Instant? { state.withLock { $0.deadlines.values.min() } }
}
