internal import Domain
internal import Glibc
internal import UnixSocket

/// The system's resolver: `/etc/hosts`, DNS and other sources that `nsswitch.conf` names.
package enum SystemLookup {
    /// Looks a name up on its own thread, because `getaddrinfo` blocks for an unlimited time. Calls `ended` at once if
    /// no thread can be created.
    package static func start(_ host: String, ended: @escaping @Sendable (LookupResult) -> Void) {
        let work = unsafe Unmanaged.passRetained(Work { ended(addresses(of: host)) })
        var thread = pthread_t()
        let status = unsafe pthread_create(
            &thread, nil,
            { work in
                if let work = unsafe work { unsafe Unmanaged<Work>.fromOpaque(work).takeRetainedValue().body() }
                return nil
            }, work.toOpaque())
        if status == 0 {
            pthread_detach(thread)
        } else {
            unsafe work.release()
            ended(.notDone(Shortage(errno: status) ?? .threads))
        }
    }

    /// The body of a thread, as an object that a C pointer can refer to.
    private final class Work: Sendable {
        let body: @Sendable () -> Void

        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    private static func addresses(of host: String) -> LookupResult {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var first: UnsafeMutablePointer<addrinfo>?
        let status = unsafe getaddrinfo(host, nil, &hints, &first)
        defer { if let first = unsafe first { unsafe freeaddrinfo(first) } }
        let code = errno
        if let shortage = shortage(status, errno: code) { return .notDone(shortage) }
        guard status == 0 else { return status == EAI_AGAIN ? .unanswered : .notFound }
        var found: [IPAddress] = []
        var next = unsafe first
        while let entry = unsafe next {
            if let address = unsafe address(entry.pointee), !found.contains(address) { found.append(address) }
            unsafe next = entry.pointee.ai_next
        }
        return found.isEmpty ? .notFound : .found(found)
    }

    /// Why the look-up failed, if this host is the reason. glibc reports some look-ups that could not open a file or a
    /// socket as a name without an address, or as servers that do not answer.
    private static func shortage(_ status: Int32, errno code: Int32) -> Shortage? {
        switch status {
        case 0: nil
        case EAI_MEMORY: .memory
        case EAI_SYSTEM: Shortage(errno: code) ?? (DescriptorProbe.isShort ? .fileDescriptors : nil)
        default: DescriptorProbe.isShort ? .fileDescriptors : nil
        }
    }

    private static func address(_ entry: addrinfo) -> IPAddress? {
        guard let address = unsafe entry.ai_addr else { return nil }
        switch unsafe entry.ai_family {
        case AF_INET:
            return unsafe address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                unsafe .v4(IPv4Address(bits: UInt32(bigEndian: $0.pointee.sin_addr.s_addr)))
            }
        case AF_INET6:
            return unsafe address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
                unsafe .v6(IPv6Address($0.pointee.sin6_addr))
            }
        default: return nil
        }
    }
}
