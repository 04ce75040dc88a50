internal import CCurl
internal import Glibc
internal import Synchronization

/// The open sockets of an engine. libcurl reports when it closes a socket, but not after every failed connect.
final class OpenConnections: Sendable {
    private let descriptors = Mutex<Set<Int32>>([])
    private let max: Int

    /// - Parameter max: the most connections that the engine opens.
    init(max: Int) { self.max = max }

    var isFull: Bool { count >= max }

    var count: Int { descriptors.withLock { $0.count } }

    /// - Returns: nil if no socket can be opened; `errno` says why.
    func open(_ address: curl_sockaddr) -> curl_socket_t? {
        let socket = Glibc.socket(address.family, address.socktype | Int32(SOCK_CLOEXEC.rawValue), address.protocol)
        guard socket >= 0 else { return nil }
        descriptors.withLock { _ = $0.insert(socket) }
        return socket
    }

    func close(_ socket: curl_socket_t) -> Int32 {
        forget(socket)
        return Glibc.close(socket)
    }

    /// Call this if libcurl has closed the socket without reporting it.
    func forget(_ socket: curl_socket_t) { descriptors.withLock { _ = $0.remove(socket) } }

    static func of(_ context: UnsafeMutableRawPointer?) -> OpenConnections? {
        unsafe context.map { unsafe Unmanaged<OpenConnections>.fromOpaque($0).takeUnretainedValue() }
    }
}
