internal import Glibc

/// An exclusive `flock(2)` on a file, held until ``release()`` or the end of the process, however it ends.
package final class FileLock: Sendable {
    private let path: String
    private let descriptor: Int32

    /// Takes the lock.
    ///
    /// - Throws: ``SocketError/alreadyRunning(path:)`` if another process holds it.
    package init(path: String) throws(SocketError) {
        self.path = path
        descriptor = unsafe open(path, O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .system("open the lock file", path: path) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let isHeld = errno == EWOULDBLOCK
            close(descriptor)
            throw isHeld ? .alreadyRunning(path: path) : .system("lock", path: path)
        }
    }

    /// Whether the path still leads to the locked file. If not, another process can lock the path.
    package var isInPlace: Bool { FileIdentity(at: path) == FileIdentity(of: descriptor) }

    /// Whether the lock could be taken if no other process held it. Takes and creates nothing.
    package static func check(_ path: String) throws(SocketError) {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFREG, unsafe access(path, R_OK | W_OK) == 0
        else {
            throw .unusable(
                path: path, reason: "it is no file that this user may write; check its kind, owner and mode")
        }
    }

    package func release() { close(descriptor) }
}
