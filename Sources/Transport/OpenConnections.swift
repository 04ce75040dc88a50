internal import CCurl
internal import Glibc
internal import Synchronization

/// The sockets that an engine's handles have opened. libcurl says when it closes one, but not for every connect that fails.
final class OpenConnections: Sendable {
    private let descriptors = Mutex<Set<Int32>>([])

    var count: Int { descriptors.withLock { $0.count } }

    /// - Returns: `CURL_SOCKET_BAD` if the system gives no socket.
    func open(_ address: curl_sockaddr) -> curl_socket_t {
        let socket = Glibc.socket(address.family, address.socktype | Int32(SOCK_CLOEXEC.rawValue), address.protocol)
        guard socket >= 0 else { return CURL_SOCKET_BAD }
        descriptors.withLock { _ = $0.insert(socket) }
        return socket
    }

    func close(_ socket: curl_socket_t) -> Int32 {
        forget(socket)
        return Glibc.close(socket)
    }

    /// The socket was closed elsewhere.
    func forget(_ socket: curl_socket_t) { descriptors.withLock { _ = $0.remove(socket) } }

    static func of(_ context: UnsafeMutableRawPointer?) -> OpenConnections? {
        unsafe context.map { unsafe Unmanaged<OpenConnections>.fromOpaque($0).takeUnretainedValue() }
    }
}
