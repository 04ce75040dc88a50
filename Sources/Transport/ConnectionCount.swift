internal import CCurl
internal import Glibc
internal import Synchronization

/// Opens and closes libcurl's sockets, and counts those that are open.
final class ConnectionCount: Sendable {
    private let open = Atomic(0)

    var current: Int { open.load(ordering: .relaxed) }

    func open(_ address: UnsafeMutablePointer<curl_sockaddr>?) -> curl_socket_t {
        guard let address = unsafe address?.pointee else { return CURL_SOCKET_BAD }
        let socket = Glibc.socket(
            address.family, address.socktype | Int32(SOCK_CLOEXEC.rawValue), address.protocol)
        if socket >= 0 { open.add(1, ordering: .relaxed) }
        return socket
    }

    func close(_ socket: curl_socket_t) -> Int32 {
        open.subtract(1, ordering: .relaxed)
        return Glibc.close(socket)
    }

    static func of(_ context: UnsafeMutableRawPointer?) -> ConnectionCount? {
        unsafe context.map { unsafe Unmanaged<ConnectionCount>.fromOpaque($0).takeUnretainedValue() }
    }
}
