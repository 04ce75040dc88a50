internal import Foundation
internal import FoundationNetworking

/// A task of a URLSession, from its start until the one request that it is used for has ended. The URLSession holds it as the
/// task's delegate (rule R13 of docs/urlsession.md).
final class StartedTask: NSObject, URLSessionTaskDelegate {
    /// A placeholder from which every task is created. The actual request is passed to the started task, so that
    /// Foundation parses no external input (rules R13 and R14).
    private static let request = URLRequest(url: URL(fileURLWithPath: "/"))

    private let started: @Sendable (StartedTask) -> Void
    /// Set while the URLSession waits for the end of the task. Only the session's queue touches it (rule R1).
    nonisolated(unsafe) private var loading: URLProtocol?

    /// - Parameter started: called once, on the session's queue.
    private init(started: @escaping @Sendable (StartedTask) -> Void) { self.started = started }

    /// Creates and resumes a task. Rule R4: never called on a session's queue. Rule R12: every task is resumed.
    static func start(_ count: Int = 1, in session: URLSession, started: @escaping @Sendable (StartedTask) -> Void) {
        let tasks = (0..<count).map { _ in session.dataTask(with: request) }
        for task in tasks {
            task.delegate = StartedTask(started: started)
            task.resume()
        }
    }

    /// The session's queue: the task begins.
    fileprivate func start(_ loading: URLProtocol) {
        unsafe self.loading = loading
        started(self)
    }

    /// The session's queue: the session ends the task by itself and makes the terminal call (rule R3).
    fileprivate func stop() { unsafe loading = nil }

    /// The session's queue: the request has ended. The task has exactly one terminal call (rule R2).
    func end() {
        guard let loading = unsafe loading else { return }
        unsafe self.loading = nil
        loading.client?.urlProtocolDidFinishLoading(loading)
        loading.client = nil
    }
}

/// Gives the tasks of the relay's URLSessions to their engines instead of Foundation's own HTTP code.
final class EngineProtocol: URLProtocol {
    /// True for every request: what is not taken here falls through to Foundation's own loader (rule R11).
    override class func canInit(with request: URLRequest) -> Bool { true }
    override class func canonicalRequest(for request: URLRequest) -> URLRequest { request }
    override func startLoading() { (task?.delegate as? StartedTask)?.start(self) }
    override func stopLoading() { (task?.delegate as? StartedTask)?.stop() }
}
