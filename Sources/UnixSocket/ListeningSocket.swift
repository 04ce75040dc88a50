internal import Glibc

/// A bound Unix-domain stream socket. A lock file keeps a second daemon from using the path, so removing the socket
/// file is safe.
package final class ListeningSocket: Sendable {
    package let path: String
    /// Connections that may wait to be accepted.
    private static let backlog: Int32 = 1_024

    /// Bound, but not yet listening. The server that listens on it closes it.
    package let descriptor: Int32
    private let lock: FileLock

    /// Locks `<path>.lock`, removes a stale socket file that no process listens on, and binds.
    ///
    /// - Parameter mode: the permissions of the socket file, e.g. `0o660`.
    package init(path: String, mode: UInt32) throws(SocketError) {
        self.path = path
        try Self.check(path)
        lock = try FileLock(path: path + ".lock")
        do throws(SocketError) {
            try Self.removeLeftOver(path)
            descriptor = try Self.bound(path, mode: mode)
        } catch {
            lock.release()
            throw error
        }
    }

    /// Checks what can be checked without creating, changing or locking anything.
    ///
    /// - Parameter directory: a directory that will be created before the socket is bound.
    package static func check(_ path: String, creating directory: String? = nil) throws(SocketError) {
        try SocketAddress.checkLength(path)
        var parent = DirectoryAccess.parent(of: path)
        if parent == directory, !DirectoryAccess.exists(parent) { parent = DirectoryAccess.parent(of: parent) }
        if let problem = DirectoryAccess.problem(parent) {
            throw .unusable(
                path: path, reason: "\(problem); create a directory that can be written to, or choose another path")
        }
        try FileLock.check(path + ".lock")
        _ = try isSocket(path)
    }

    /// Call this once a server listens. On a socket that it did not create, NIO listens with a backlog of 128 and
    /// ignores its backlog option.
    package func raiseBacklog() { _ = listen(descriptor, Self.backlog) }

    /// Removes the socket file and releases the path for another daemon.
    package func remove() {
        _ = unsafe unlink(path)
        lock.release()
    }

    /// Removes the socket file only if connections to it are refused. Any other file belongs to another program.
    private static func removeLeftOver(_ path: String) throws(SocketError) {
        guard try isSocket(path) else { return }
        let probe = try SocketAddress.open(path, flags: Int32(SOCK_NONBLOCK.rawValue))
        defer { close(probe) }
        let isRefused = try !SocketAddress.connect(probe, to: path) && errno == ECONNREFUSED
        guard isRefused else { throw .alreadyRunning(path: path) }
        guard unsafe unlink(path) == 0 else { throw .system("remove the stale socket", path: path) }
    }

    /// - Returns: false if there is no file.
    private static func isSocket(_ path: String) throws(SocketError) -> Bool {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else { return false }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw .unusable(path: path, reason: "the file is not a socket; remove it or choose another path")
        }
        return true
    }

    private static func bound(_ path: String, mode: UInt32) throws(SocketError) -> Int32 {
        let descriptor = try SocketAddress.open(path)
        // The file never has wider permissions than `mode`, not even between bind and chmod.
        let previous = umask(0o177)
        let result = try SocketAddress.bind(descriptor, to: path)
        umask(previous)
        guard result, unsafe chmod(path, mode) == 0 else {
            let error = SocketError.system("bind", path: path)
            close(descriptor)
            throw error
        }
        return descriptor
    }
}

/// Wrappers of the C calls for Unix-domain sockets.
enum SocketAddress {
    static func open(_ path: String, flags: Int32 = 0) throws(SocketError) -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue) | flags, 0)
        guard descriptor >= 0 else { throw .system("open a socket", path: path) }
        return descriptor
    }

    static func connect(_ descriptor: Int32, to path: String) throws(SocketError) -> Bool {
        try unsafe withAddress(path) { unsafe Glibc.connect(descriptor, $0, $1) == 0 }
    }

    static func bind(_ descriptor: Int32, to path: String) throws(SocketError) -> Bool {
        try unsafe withAddress(path) { unsafe Glibc.bind(descriptor, $0, $1) == 0 }
    }

    static func checkLength(_ path: String) throws(SocketError) {
        let maxLength = MemoryLayout.size(ofValue: sockaddr_un().sun_path) - 1
        guard path.utf8.count <= maxLength else {
            throw .unusable(path: path, reason: "a socket path has at most \(maxLength) bytes; choose a shorter one")
        }
    }

    private static func withAddress(
        _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Bool
    ) throws(SocketError) -> Bool {
        try checkLength(path)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
        return unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
