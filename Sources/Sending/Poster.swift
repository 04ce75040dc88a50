internal import Events
internal import Foundation
internal import FoundationNetworking
internal import Frames
internal import Synchronization

/// One URLSession for the life of the process, guarded against what breaks it on Linux (docs/urlsession.md).
///
/// Row 4: delegate methods and task ids only, no async URLSession API. Row 7: the session is never released.
final class Poster: NSObject, Sendable {
    /// Kept connections that may turn out to be closed before an attempt counts as failed, as in libcurl itself.
    private static let restartLimit = 5
    /// How long a body may take once the headers have decided.
    private static let bodyTime = DispatchTimeInterval.seconds(1)
    /// How often the session is asked whether it still answers.
    private static let beatInterval = DispatchTimeInterval.milliseconds(250)
    /// What an attempt may last longer because of stalls: less than the overtime for which the daemon ends a sender.
    private static let mostStalled: StallClock.Nanoseconds = 1_500_000_000

    private let tell: @Sendable (SenderMessage) -> Void
    private let flights = Mutex<[Int: Flight]>([:])
    private let stalls = Mutex(StallClock())
    private let idle = NSCondition()
    private let timers = DispatchQueue(label: "deadlines")
    private nonisolated(unsafe) var session = URLSession(configuration: .ephemeral)

    /// A request in flight, by its task.
    private struct Flight {
        let id: UInt64
        let task: URLSessionDataTask
        let deadline: Deadline
        /// Row 24: how often it was started anew.
        let restarts: Int
        var isDecided = false
        /// The same request goes on as another task.
        var isAbandoned = false
        /// Row 3: a task that answered with a redirect is never cancelled.
        var isRedirected = false
    }

    /// When an attempt has had its time.
    private struct Deadline {
        /// If the session answers all the while.
        let time: DispatchTime
        /// What the session had stalled before.
        let stalledBefore: StallClock.Nanoseconds
    }

    init(connectionsPerHost: Int, tell: @escaping @Sendable (SenderMessage) -> Void) {
        self.tell = tell
        super.init()
        let callbacks = OperationQueue()
        callbacks.maxConcurrentOperationCount = 1
        unsafe session = URLSession(
            configuration: Self.configuration(connectionsPerHost), delegate: self, delegateQueue: callbacks)
        beat()
    }

    private static func configuration(_ connectionsPerHost: Int) -> URLSessionConfiguration {
        let configuration = URLSessionConfiguration.ephemeral
        configuration.httpMaximumConnectionsPerHost = connectionsPerHost
        // Row 17: an ephemeral session keeps cookies.
        configuration.httpCookieStorage = nil
        configuration.httpShouldSetCookies = false
        configuration.urlCache = nil
        configuration.urlCredentialStorage = nil
        // Row 10: the session's timers are whole seconds and start anew with each byte; ours decide.
        configuration.timeoutIntervalForRequest = 86_400
        return configuration
    }

    // MARK: Requests

    func post(_ request: SendRequest) {
        guard let url = URL(string: request.url) else {
            tell(.ended(id: request.id, .failed(.protocolError)))
            tell(.finished(id: request.id))
            return
        }
        var post = URLRequest(url: url)
        post.httpMethod = "POST"
        for header in request.headers { post.setValue(header.value, forHTTPHeaderField: header.name) }
        post.httpBody = Data(request.body)
        let deadline = Deadline(
            time: .now() + .milliseconds(Int(request.timeout.milliseconds)),
            stalledBefore: stalls.withLock { $0.total })
        start(post, id: request.id, deadline: deadline, restarts: 0)
    }

    private func start(_ request: URLRequest, id: UInt64, deadline: Deadline, restarts: Int) {
        let task = unsafe session.dataTask(with: request)
        let key = task.taskIdentifier
        flights.withLock { $0[key] = Flight(id: id, task: task, deadline: deadline, restarts: restarts) }
        task.resume()
        endLater(key, deadline, at: deadline.time)
    }

    private func endLater(_ key: Int, _ deadline: Deadline, at due: DispatchTime) {
        timers.asyncAfter(deadline: due) { [self] in endIfOverdue(key, deadline, due: due) }
    }

    /// The deadline has come: first everything counts that the session has received, and then the receiver is given
    /// what the session has stalled.
    private func endIfOverdue(_ key: Int, _ deadline: Deadline, due: DispatchTime) {
        guard flights.withLock({ $0[key]?.isDecided }) == false else { return cancel(key) }
        askSession(due: due) { [self] in
            let stalled = stalls.withLock { $0.total } - deadline.stalledBefore
            let due = deadline.time + .nanoseconds(Int(min(stalled, Self.mostStalled)))
            if due > .now() {
                endLater(key, deadline, at: due)
            } else {
                decide(key, .failed(.timeout))
                cancel(key)
            }
        }
    }

    /// Makes the same request once more, within the same deadline, and forgets this one.
    private func startAnew(_ key: Int) {
        let flight: Flight? = flights.withLock { flights in
            guard let flight = flights[key], !flight.isDecided, flight.restarts < Self.restartLimit else { return nil }
            flights[key]?.isDecided = true
            flights[key]?.isAbandoned = true
            return flight
        }
        guard let flight, let request = flight.task.originalRequest else {
            decide(key, .failed(.connectionReset))
            return timers.async { [self] in cancel(key) }
        }
        timers.async { [self] in
            start(request, id: flight.id, deadline: flight.deadline, restarts: flight.restarts + 1)
            flight.task.cancel()
        }
    }

    /// Returns once nothing is in flight.
    func waitUntilIdle() {
        idle.lock()
        while !flights.withLock({ $0.isEmpty }) { idle.wait() }
        idle.unlock()
    }

    /// The first decision on a request counts; later ones, and the end of its body, do not matter any more.
    ///
    /// Told before anybody else can say that it is finished.
    private func decide(_ key: Int, _ outcome: AttemptOutcome) {
        flights.withLock { flights in
            guard let flight = flights[key], !flight.isDecided else { return }
            flights[key]?.isDecided = true
            tell(.ended(id: flight.id, outcome))
        }
    }

    private func cancel(_ key: Int) {
        let task = flights.withLock { flights in flights[key]?.isRedirected == false ? flights[key]?.task : nil }
        task?.cancel()
    }

    private func remove(_ key: Int) {
        flights.withLock { flights in
            if let flight = flights.removeValue(forKey: key), !flight.isAbandoned { tell(.finished(id: flight.id)) }
        }
        idle.lock()
        idle.broadcast()
        idle.unlock()
    }

    // MARK: Sign of life

    /// Row 20: the session's queue can freeze. Only an answer that came through that queue counts as life.
    private func beat() {
        let due = DispatchTime.now() + Self.beatInterval
        timers.asyncAfter(deadline: due) { [self] in
            if flights.withLock({ !$0.isEmpty }) { askSession(due: due) { self.tell(.alive) } }
            beat()
        }
    }

    /// Asks the session, and goes on with the answer: by then all is decided that it had received before.
    ///
    /// - Parameter due: when it was to be asked; the whole process may have stood still since.
    private func askSession(due: DispatchTime, _ answer: @escaping @Sendable () -> Void) {
        unsafe session.getAllTasks { [self] _ in
            stalls.withLock { $0.note(due: due.uptimeNanoseconds, answered: DispatchTime.now().uptimeNanoseconds) }
            timers.async(execute: answer)
        }
    }
}

extension Poster: URLSessionDataDelegate {
    func urlSession(
        _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
        completionHandler: @escaping (URLSession.ResponseDisposition) -> Void
    ) {
        completionHandler(.allow)
        guard !isInterim(response) else { return }
        let key = dataTask.taskIdentifier
        decide(key, answer(response))
        timers.asyncAfter(deadline: .now() + Self.bodyTime) { [self] in cancel(key) }
    }

    /// Row 11: a redirect is an answer like any other.
    func urlSession(
        _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse,
        newRequest request: URLRequest, completionHandler: @escaping (URLRequest?) -> Void
    ) {
        flights.withLock { $0[task.taskIdentifier]?.isRedirected = true }
        decide(task.taskIdentifier, answer(response))
        completionHandler(nil)
    }

    /// Row 24: libcurl sends a request anew whose kept connection was just closed, but then without its body, and a
    /// stream given here traps. So the request itself is made anew.
    func urlSession(
        _ session: URLSession, task: URLSessionTask,
        needNewBodyStream completionHandler: @escaping (InputStream?) -> Void
    ) {
        completionHandler(nil)
        startAnew(task.taskIdentifier)
    }

    /// Row 5: a challenge is answered by nobody; left alone it would never end.
    func urlSession(
        _ session: URLSession, task: URLSessionTask, didReceive challenge: URLAuthenticationChallenge,
        completionHandler: @escaping (URLSession.AuthChallengeDisposition, URLCredential?) -> Void
    ) {
        if let response = challenge.failureResponse { decide(task.taskIdentifier, answer(response)) }
        completionHandler(.cancelAuthenticationChallenge, nil)
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
        let key = task.taskIdentifier
        if let error {
            decide(key, .failed(SessionError.classify(error)))
        } else if let response = task.response, !isInterim(response) {
            decide(key, answer(response))
        } else {
            decide(key, .failed(.protocolError))
        }
        remove(key)
    }

    /// Row 22: an interim answer decides nothing (RFC 9110, 15.2). The only one reported is 101, and none follows it.
    private func isInterim(_ response: URLResponse) -> Bool {
        (response as? HTTPURLResponse).map { (100...199).contains($0.statusCode) } ?? false
    }

    private func answer(_ response: URLResponse) -> AttemptOutcome {
        guard let response = response as? HTTPURLResponse else { return .failed(.protocolError) }
        return .answered(status: response.statusCode, retryAfter: response.value(forHTTPHeaderField: "Retry-After"))
    }
}
