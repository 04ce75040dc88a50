/// An IPv4 address as its 32 bits in network order.
package struct IPv4Address: Hashable, Sendable, CustomStringConvertible {
    package let bits: UInt32

    package init(bits: UInt32) { self.bits = bits }

    /// Parses every spelling that resolvers accept as an IPv4 address: one to four parts, each decimal, octal (`0…`)
    /// or hexadecimal (`0x…`). The last part fills all remaining bytes (WHATWG URL, "IPv4 parser").
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
