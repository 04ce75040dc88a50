internal import Synchronization

/// Limits the memory of responses that clients have requested and do not read.
final class UnreadResponses: Sendable {
    /// Bytes of bodies that all clients together may leave unread before a further large one is made.
    static let maxBytes = 32 << 20
    /// A body of at most so many bytes is always sent, so that health checks are answered whatever other clients do.
    static let smallBody = 64 << 10

    private let bytes = Mutex(0)

    /// - Returns: false if the body must not be sent.
    func add(_ count: Int) -> Bool {
        bytes.withLock { bytes in
            if count > Self.smallBody, bytes > 0, bytes + count > Self.maxBytes { return false }
            bytes += count
            return true
        }
    }

    /// The client has read the body, or its connection is closed.
    func remove(_ count: Int) { bytes.withLock { $0 -= count } }
}
