package import Glibc

/// An IPv6 address as its 128 bits in network order.
package struct IPv6Address: Hashable, Sendable, CustomStringConvertible {
    package let bits: UInt128

    package init(bits: UInt128) { self.bits = bits }

    /// Reads every text form of RFC 4291, 2.2, and no zone id.
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

    /// Eight groups of hexadecimal digits without leading zeros, e.g. `2001:db8:0:0:0:0:0:1`.
    package var description: String {
        stride(from: 112, through: 0, by: -16).map {
            String(UInt16(truncatingIfNeeded: bits >> UInt128($0)), radix: 16)
        }
        .joined(separator: ":")
    }
}
