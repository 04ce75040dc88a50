package import Glibc

/// An IPv6 address as its 128 bits in network order.
package struct IPv6Address: Hashable, Sendable, CustomStringConvertible {
    package let bits: UInt128

    package init(bits: UInt128) { self.bits = bits }

    /// Parses every text form of RFC 4291, 2.2, but no zone id.
    package init?(_ text: String) {
        var address = in6_addr()
        guard unsafe inet_pton(AF_INET6, text, &address) == 1 else { return nil }
        self.init(address)
    }

    package init(_ address: in6_addr) {
        bits = unsafe withUnsafeBytes(of: address) { bytes in
            unsafe bytes.reduce(UInt128(0)) { $0 << 8 | UInt128($1) }
        }
    }

    /// The IPv4 address in the 32 bits that begin `offset` bits from the left.
    package func embedded(at offset: Int) -> IPv4Address {
        IPv4Address(bits: UInt32(truncatingIfNeeded: bits >> UInt128(96 - offset)))
    }

    /// The canonical form of RFC 5952, e.g. `2001:db8::1`.
    package var description: String {
        var bytes = (0..<16).map { UInt8(truncatingIfNeeded: bits >> UInt128(120 - 8 * $0)) }
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard unsafe inet_ntop(AF_INET6, &bytes, &text, socklen_t(text.count)) != nil else { return "::" }
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
