/// An IPv4 address as its 32 bits in network order.
package struct IPv4Address: Hashable, Sendable, CustomStringConvertible {
    package let bits: UInt32

    package init(bits: UInt32) { self.bits = bits }

    /// Reads every spelling that a resolver takes for an IPv4 address: one to four parts, each decimal, octal (`0…`)
    /// or hexadecimal (`0x…`), the last one filling all remaining bytes (WHATWG URL, "IPv4 parser").
    package init?(anySpelling text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard (1...4).contains(parts.count) else { return nil }
        var numbers: [UInt64] = []
        for part in parts {
            guard let number = Self.number(part) else { return nil }
            numbers.append(number)
        }
        let last = numbers.removeLast()
        let lastBits = UInt64(32 - 8 * numbers.count)
        guard numbers.allSatisfy({ $0 < 256 }), last < 1 << lastBits else { return nil }
        let high = numbers.reduce(UInt64(0)) { $0 << 8 | $1 }
        bits = UInt32(high << lastBits | last)
    }

    private static func number(_ part: Substring) -> UInt64? {
        if part.hasPrefix("0x") || part.hasPrefix("0X") {
            let digits = part.dropFirst(2)
            guard let first = digits.first else { return 0 }
            return first.isHexDigit ? UInt64(digits, radix: 16) : nil
        }
        guard let first = part.utf8.first, (0x30...0x39).contains(first) else { return nil }
        return UInt64(part, radix: part.count > 1 && first == 0x30 ? 8 : 10)
    }

    /// Dotted decimal, e.g. `192.0.2.1`.
    package var description: String {
        "\(bits >> 24).\(bits >> 16 & 255).\(bits >> 8 & 255).\(bits & 255)"
    }
}

/// A block of IPv4 addresses in CIDR notation (RFC 4632), e.g. `10.0.0.0/8`.
package struct IPv4Block: Hashable, Sendable, CustomStringConvertible {
    package let base: IPv4Address
    /// 0 to 32.
    package let prefixLength: Int

    /// - Returns: nil unless `text` is four decimal parts, optionally `/` and a prefix length, with no bit set behind it.
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
