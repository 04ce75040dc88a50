internal import Glibc

/// Notices when a path leads to another file than at first, or to none.
package final class FilePin: Sendable {
    /// `O_PATH`, which Swift does not import: the descriptor names the file, and cannot be used to read it.
    private static let pathOnly: Int32 = 0o10000000

    /// The open descriptor keeps the file's inode number from being used again.
    private let descriptor: Int32
    private let path: String

    /// - Throws: ``SocketError/unusable(path:reason:)`` if there is no file at the path.
    package init(path: String) throws(SocketError) {
        self.path = path
        // Closing a descriptor opened with O_PATH does not release the locks that SQLite holds on the file.
        descriptor = unsafe open(path, Self.pathOnly | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system("open", path: path) }
    }

    deinit { close(descriptor) }

    package var isInPlace: Bool { FileIdentity(at: path) == FileIdentity(of: descriptor) }
}

/// Which file a path or a descriptor leads to.
struct FileIdentity: Hashable {
    private let device: dev_t
    private let inode: ino_t

    /// - Returns: nil if there is no file, or it cannot be examined.
    init?(at path: String) {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return nil }
        self.init(status)
    }

    init?(of descriptor: Int32) {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { return nil }
        self.init(status)
    }

    private init(_ status: stat) {
        device = status.st_dev
        inode = status.st_ino
    }
}
