package import Domain
internal import Foundation
internal import FoundationNetworking

/// A pool of URLSessions whose requests our own engine performs (docs/urlsession.md).
///
/// Each origin keeps to one session, so that its connections are reused.
package final class URLSessionPool: Sendable {
    private let sessions: [PooledSession]
    /// Kept for its bundle, which connections read.
    private let trust: TrustedAuthorities?

    /// - Parameters:
    ///   - count: sessions, at least 1.
    ///   - inFlight: requests at one time, at most.
    ///   - connections: open connections at one time, at most; at least one for each session.
    ///   - trust: authorities beside the system's; nil: none.
    /// - Throws: ``TransportError`` if a session cannot be used.
    package init(count: Int, inFlight: Int, connections: Int, trust: TrustedAuthorities?) async throws {
        var sessions: [PooledSession] = []
        for number in 0..<count {
            sessions.append(
                try await PooledSession(
                    number: number, limits: EngineLimits(inFlight: inFlight, connections: connections / count),
                    caFile: trust?.path ?? TrustedAuthorities.systemBundle))
        }
        self.sessions = sessions
        self.trust = trust
    }

    /// Sends one request, and calls `ended` once with what became of it, on a queue that it must not block.
    package func send(_ request: OutgoingRequest, _ ended: @escaping @Sendable (SendResult) -> Void) {
        let index = Int(UInt(bitPattern: request.url.origin.hashValue) % UInt(sessions.count))
        sessions[index].send(request, ended)
    }

    /// Sends one request and returns what became of it.
    package func send(_ request: OutgoingRequest) async -> SendResult {
        await withCheckedContinuation { continuation in
            send(request) { continuation.resume(returning: $0) }
        }
    }

    /// Ends all work, before the process exits: requests in flight have no outcome, and no further one is sent.
    package func stop() {
        for session in sessions { session.stop() }
        let deadline = DispatchTime.now() + .seconds(1)
        for session in sessions { session.waitUntilStopped(deadline: deadline) }
    }

    package func figures() -> [SessionFigures] { sessions.map(\.figures) }

    /// Sessions that hold a request beyond its deadline by more than this grace.
    package func stuckCount(grace: Duration) -> Int {
        let limit = ContinuousClock.now - grace
        return sessions.count { $0.oldestDeadline.map { $0 < limit } ?? false }
    }
}
