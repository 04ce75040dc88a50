/// A block of IPv4 addresses in CIDR notation (RFC 4632), e.g. `10.0.0.0/8`.
package struct IPv4Block: Hashable, Sendable, CustomStringConvertible {
    package let base: IPv4Address
    /// 0 to 32.
    package let prefixLength: Int

    /// - Returns: nil unless `text` is four decimal parts, optionally with `/` and a prefix length, and all bits after
    ///   the prefix are zero.
    package init?(_ text: String) {
        let halves = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let base = halves.first.flatMap({ IPv4Address(anySpelling: String($0)) }),
            base.description == halves[0],
            let length = halves.count == 2 ? Int(halves[1]) : 32, (0...32).contains(length),
            halves.count == 1 || halves[1].first?.isNumber == true
        else { return nil }
        self.base = base
        prefixLength = length
        guard base.bits & ~mask == 0 else { return nil }
    }

    private var mask: UInt32 { prefixLength == 0 ? 0 : ~0 << UInt32(32 - prefixLength) }

    package func contains(_ address: IPv4Address) -> Bool { address.bits & mask == base.bits }

    package var description: String { "\(base)/\(prefixLength)" }
}
