/// Parses elements of an array that ``JSONScanner`` accepted.
enum JSONNumber {
    /// A whole number from 1, written in digits only, with any white space around it; nil for any other element.
    static func natural(_ element: ArraySlice<UInt8>) -> Int64? {
        let isSpace = { (byte: UInt8) in byte == 0x20 || byte == 0x09 || byte == 0x0D }
        var digits = element.drop(while: isSpace)
        while let last = digits.last, isSpace(last) { digits.removeLast() }
        guard let first = digits.first, (0x31...0x39).contains(first) else { return nil }
        return Int64(String(decoding: digits, as: UTF8.self))
    }
}
