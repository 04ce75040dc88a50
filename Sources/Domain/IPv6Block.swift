/// A block of IPv6 addresses in CIDR notation (RFC 4291, 2.3), e.g. `fd00::/8`.
package struct IPv6Block: Hashable, Sendable, CustomStringConvertible {
    package let base: IPv6Address
    /// 0 to 128.
    package let prefixLength: Int

    /// - Returns: nil unless `text` is an address, optionally with `/` and a prefix length, and all bits after the
    ///   prefix are zero.
    package init?(_ text: String) {
        let halves = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let base = halves.first.flatMap({ IPv6Address(String($0)) }),
            let length = halves.count == 2 ? Int(halves[1]) : 128, (0...128).contains(length),
            halves.count == 1 || halves[1].first?.isNumber == true
        else { return nil }
        self.base = base
        prefixLength = length
        guard base.bits & ~mask == 0 else { return nil }
    }

    private var mask: UInt128 { prefixLength == 0 ? 0 : ~0 << UInt128(128 - prefixLength) }

    package func contains(_ address: IPv6Address) -> Bool { address.bits & mask == base.bits }

    package var description: String { "\(base)/\(prefixLength)" }
}
