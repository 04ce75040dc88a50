internal import Foundation
internal import Synchronization

/// Space on the disk that is kept for hard times: a file beside the outbox, given up when the disk is full.
///
/// Recording a delivery takes space before it frees any. An outbox that has filled the disk to the last block could
/// never drain; so whatever frees space may use the reserve, and nothing new is taken until the reserve is back.
final class DiskReserve: Sendable {
    /// Enough for the write-ahead log to be copied into the file, and for the records of some thousand attempts.
    static let bytes = 4 << 20

    private let path: String
    private let isThere = Mutex(false)

    /// - Parameter outbox: the path of the outbox's file.
    init(outbox: String) { path = outbox + ".reserve" }

    /// Makes sure that the reserve is there.
    /// - Throws: ``OutboxError/diskFull`` if there is no room for it.
    func restore() throws {
        try isThere.withLock { isThere in
            if isThere { return }
            let file = unsafe open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
            guard file >= 0 else { throw OutboxError.diskFull }
            defer { Foundation.close(file) }
            guard posix_fallocate(file, 0, off_t(Self.bytes)) == 0 else {
                unsafe unlink(path)
                throw OutboxError.diskFull
            }
            isThere = true
        }
    }

    /// Frees the reserve.
    /// - Returns: whether there was one.
    func giveUp() -> Bool {
        isThere.withLock { isThere in
            guard isThere else { return false }
            isThere = false
            return unsafe unlink(path) == 0
        }
    }
}
