internal import Foundation
internal import Synchronization

/// Reserved disk space: a file beside the outbox that is deleted when the disk is full.
///
/// Recording a delivery takes space before it frees any, so an outbox that fills the disk completely could never drain.
/// Work that frees space may use the reserve. The outbox accepts no events until the reserve is restored.
final class DiskReserve: Sendable {
    /// Enough to copy the write-ahead log into the file, and for the records of some thousand attempts.
    static let bytes = 4 << 20

    private let path: String
    private let state = Mutex(false)

    /// - Parameter outbox: the path of the outbox's file.
    init(outbox: String) { path = outbox + ".reserve" }

    var isThere: Bool { state.withLock { $0 } }

    /// Creates the reserve if it is missing. May block on the disk; one call at a time.
    /// - Throws: ``OutboxError/diskFull`` if there is no room for it.
    func restore() throws {
        if isThere { return }
        let file = unsafe open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw OutboxError.diskFull }
        defer { Foundation.close(file) }
        guard posix_fallocate(file, 0, off_t(Self.bytes)) == 0 else {
            unsafe unlink(path)
            throw OutboxError.diskFull
        }
        state.withLock { $0 = true }
    }

    /// Deletes the reserve.
    /// - Returns: whether there was one.
    func giveUp() -> Bool {
        guard
            state.withLock({ isThere in
                defer { isThere = false }
                return isThere
            })
        else { return false }
        return unsafe unlink(path) == 0
    }
}
