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

    private let engine: CurlEngine
    private let tasks: StartedTaskPool
    private let state = Mutex(State())

    /// - Throws: ``TransportError`` if the session's queue is not found, or no file descriptor is available.
    init(number: Int, limits: EngineLimits, caFile: String?) async throws {
        let session = URLSession(configuration: Self.configuration)
        let queue = try SessionQueue(of: session)
        engine = try CurlEngine(
            name: "transport-\(number)", limits: limits, queue: queue.queue, caFile: caFile)
        try await queue.verify(session)
        tasks = StartedTaskPool(session, name: "tasks-\(number)", send: engine.start)
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

    /// - Parameter ended: called once, on the engine's thread; never after ``stop()``.
    func send(_ request: OutgoingRequest, _ ended: @escaping @Sendable (SendResult) -> Void) {
        let id = state.withLock { state in
            state.lastID += 1
            state.deadlines[state.lastID] = .now + request.timeout
            return state.lastID
        }
        tasks.start(
            Transfer(request) { [self] result in
                state.withLock { _ = $0.deadlines.removeValue(forKey: id) }
                ended(result)
            })
    }

    func stop() { engine.stop() }
    func waitUntilStopped(deadline: DispatchTime) { engine.waitUntilStopped(deadline: deadline) }

    var figures: SessionFigures {
        SessionFigures(inFlight: state.withLock { $0.deadlines.count }, connections: engine.connectionCount)
    }

    /// The earliest deadline of a request in flight.
    var oldestDeadline: ContinuousClock.Instant? { state.withLock { $0.deadlines.values.min() } }
}
