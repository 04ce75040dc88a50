internal import Glibc

/// A Unix-domain stream socket, bound by this process or adopted from another one.
///
/// A lock file keeps a second daemon from using the path of a bound one, so removing the socket file is safe. The file
/// of an adopted socket belongs to the process that passed the socket.
package final class ListeningSocket: Sendable {
    /// What this process holds of the path of a socket that it has bound.
    private struct Claim {
        let mode: UInt32
        let lock: FileLock
    }

    /// Connections that may wait to be accepted.
    private static let backlog: Int32 = 1_024

    package let path: String
    /// The server that listens on it closes it.
    package let descriptor: Int32
    /// nil for an adopted socket without a file.
    private let file: FilePin?
    /// nil for an adopted socket.
    private let claim: Claim?

    /// Locks `<path>.lock`, removes a stale socket file that no process listens on, and binds. The socket does not
    /// listen yet.
    ///
    /// - Parameter mode: the permissions of the socket file, e.g. `0o660`.
    package convenience init(path: String, mode: UInt32) throws(SocketError) {
        try Self.check(path)
        let lock = try FileLock(path: path + ".lock")
        do throws(SocketError) {
            try self.init(path: path, mode: mode, lock: lock)
        } catch {
            lock.release()
            throw error
        }
    }

    private init(path: String, mode: UInt32, lock: FileLock) throws(SocketError) {
        self.path = path
        try Self.removeLeftOver(path)
        descriptor = try Self.bound(path, mode: mode)
        claim = Claim(mode: mode, lock: lock)
        do throws(SocketError) {
            file = try FilePin(path: path)
        } catch {
            close(descriptor)
            throw error
        }
    }

    /// Adopts a socket that listens already.
    ///
    /// - Throws: ``SocketError`` if the descriptor is anything else.
    package init(adopting descriptor: Int32) throws(SocketError) {
        path = try SocketAddress.path(ofListening: descriptor)
        self.descriptor = descriptor
        file = try? FilePin(path: path)
        claim = nil
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

    /// Whether the path still leads to this socket and its lock.
    package var isInPlace: Bool { file?.isInPlace != false && claim?.lock.isInPlace != false }

    /// Binds the path again, after its socket file or its lock file was removed or replaced.
    ///
    /// - Throws: ``SocketError/alreadyRunning(path:)`` if another daemon uses the path now; another error for an adopted
    ///   socket, whose path belongs to the process that passed it.
    package func renewed() throws(SocketError) -> ListeningSocket {
        guard let claim else {
            throw .unusable(
                path: path, reason: "its file was removed or replaced; restart the socket unit that passed the socket")
        }
        let lock = claim.lock.isInPlace ? claim.lock : try FileLock(path: path + ".lock")
        do throws(SocketError) {
            // Otherwise `removeLeftOver` would connect to this socket, and report it as another daemon's.
            if file?.isInPlace == true { _ = unsafe unlink(path) }
            let renewed = try ListeningSocket(path: path, mode: claim.mode, lock: lock)
            if lock !== claim.lock { claim.lock.release() }
            return renewed
        } catch {
            if lock !== claim.lock { lock.release() }
            throw error
        }
    }

    /// Removes the socket file, unless another file is at the path now, and releases the path for another daemon.
    package func remove() {
        guard let claim else { return }
        if file?.isInPlace == true { _ = unsafe unlink(path) }
        claim.lock.release()
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
package enum SocketAddress {
    package static func open(_ path: String, flags: Int32 = 0) throws(SocketError) -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue) | flags, 0)
        guard descriptor >= 0 else { throw .system("open a socket", path: path) }
        return descriptor
    }

    package static func connect(_ descriptor: Int32, to path: String) throws(SocketError) -> Bool {
        try unsafe withAddress(path) { unsafe Glibc.connect(descriptor, $0, $1) == 0 }
    }

    package static func bind(_ descriptor: Int32, to path: String) throws(SocketError) -> Bool {
        try unsafe withAddress(path) { unsafe Glibc.bind(descriptor, $0, $1) == 0 }
    }

    /// The path of a Unix-domain stream socket that listens.
    static func path(ofListening descriptor: Int32) throws(SocketError) -> String {
        var address = sockaddr_un()
        var length = socklen_t(MemoryLayout<sockaddr_un>.size)
        let result = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe getsockname(descriptor, $0, &length)
            }
        }
        guard result == 0, address.sun_family == sa_family_t(AF_UNIX),
            option(SO_TYPE, descriptor) == SOCK_STREAM.rawValue,
            option(SO_ACCEPTCONN, descriptor) == 1
        else { throw .unusable(path: "descriptor \(descriptor)", reason: "it is not a listening Unix stream socket") }
        return unsafe withUnsafeBytes(of: address.sun_path) { bytes in
            unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
    }

    private static func option(_ name: Int32, _ descriptor: Int32) -> UInt32? {
        var value: UInt32 = 0
        var length = socklen_t(MemoryLayout<UInt32>.size)
        return unsafe getsockopt(descriptor, SOL_SOCKET, name, &value, &length) == 0 ? value : nil
    }

    static func checkLength(_ path: String) throws(SocketError) {
        let maxLength = MemoryLayout.size(ofValue: sockaddr_un().sun_path) - 1
        guard path.utf8.count <= maxLength else {
            throw .unusable(path: path, reason: "a socket path has at most \(maxLength) bytes; choose a shorter one")
        }
    }

    /// - Parameter isAbstract: the path is a name in the abstract namespace (unix(7)), with `@` for its NUL.
    static func withAddress(
        _ path: String, isAbstract: Bool = false, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Bool
    ) throws(SocketError) -> Bool {
        try checkLength(path)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let capacity = MemoryLayout.size(ofValue: address.sun_path)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { bytes in
            unsafe bytes.copyBytes(from: path.utf8)
            if isAbstract { unsafe bytes[0] = 0 }
        }
        // A name in the abstract namespace ends with the length, a path with a NUL.
        let length = isAbstract ? path.utf8.count : capacity
        return unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe body($0, socklen_t(MemoryLayout<sockaddr_un>.size - capacity + length))
            }
        }
    }
}
