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
            StartedTask.start(in: session) { probe in
                continuation.resume(returning: DispatchQueue.getSpecific(key: Self.key) == true)
                probe.end()
            }
        }
        guard isOnQueue else { throw Self.unusable }
    }

    private static var unusable: TransportError {
        TransportError(
            "this version of Foundation does not start URLSession tasks on the expected queue; build the relay with "
                + "the Swift toolchain that its README names")
    }
}
