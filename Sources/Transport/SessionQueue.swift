internal import Domain
internal import Foundation
internal import FoundationNetworking

/// The queue on which a URLSession starts its tasks. Their ends may be reported on this queue only (rule R1 of
/// docs/urlsession.md). Foundation's public interface does not expose it.
struct SessionQueue {
    private static let key = DispatchSpecificKey<Bool>()

    let queue: DispatchQueue

    /// - Throws: ``TransportError`` if the session has no such queue.
    init(of session: URLSession) throws(TransportError) {
        let found = Mirror(reflecting: session).children.first { $0.label == "workQueue" }?.value
        guard let queue = found as? DispatchQueue else { throw Self.unusable }
        self.queue = queue
        queue.setSpecific(key: Self.key, value: true)
    }

    /// Runs one task in the session and checks that it starts on the queue.
    func verify(_ session: URLSession) async throws(TransportError) {
        let isOnQueue = await withCheckedContinuation { continuation in
            let probe = Transfer(
                .probe,
                started: { probe in
                    continuation.resume(returning: DispatchQueue.getSpecific(key: Self.key) == true)
                    probe.end(.ended(.failed(.protocolError)))
                }, ended: { _ in })
            let task = session.dataTask(with: PooledSession.request)
            task.delegate = probe
            task.resume()
        }
        guard isOnQueue else { throw Self.unusable }
    }

    private static var unusable: TransportError {
        TransportError(
            "this version of Foundation does not start URLSession tasks on the expected queue; build the relay with "
                + "the Swift toolchain that its README names")
    }
}

extension OutgoingRequest {
    /// Never sent.
    fileprivate static let probe = OutgoingRequest(
        url: WebhookURL(checked: Origin(scheme: .http, host: "localhost", port: 80), target: "/"), addresses: [],
        proxy: nil, headers: [], body: [], timeout: .zero)
}
