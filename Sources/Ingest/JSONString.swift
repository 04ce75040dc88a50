/// Decodes the bytes of a string that ``JSONScanner`` accepted.
enum JSONString {
    /// - Parameter contents: the bytes between the quotes.
    static func decode(_ contents: ArraySlice<UInt8>) -> String {
        guard contents.contains(UInt8(ascii: "\\")) else { return String(decoding: contents, as: UTF8.self) }
        var units: [UInt16] = []
        var text = ""
        var rest = contents
        while let slash = rest.firstIndex(of: UInt8(ascii: "\\")) {
            flush(&units, into: &text, before: rest[..<slash])
            let letter = rest[slash + 1]
            if letter == UInt8(ascii: "u") {
                units.append(unit(rest[(slash + 2)..<(slash + 6)]))
                rest = rest[(slash + 6)...]
            } else {
                flush(&units, into: &text, before: [short(letter)])
                rest = rest[(slash + 2)...]
            }
        }
        flush(&units, into: &text, before: rest)
        return text + String(decoding: units, as: UTF16.self)
    }

    /// Escaped units are collected until another character follows, so that surrogate pairs are decoded together.
    private static func flush(_ units: inout [UInt16], into text: inout String, before bytes: ArraySlice<UInt8>) {
        guard !bytes.isEmpty else { return }
        text += String(decoding: units, as: UTF16.self)
        units = []
        text += String(decoding: bytes, as: UTF8.self)
    }

    private static func unit(_ digits: ArraySlice<UInt8>) -> UInt16 {
        digits.reduce(0) { $0 << 4 | UInt16(hexDigit($1) ?? 0) }
    }

    private static func short(_ letter: UInt8) -> UInt8 {
        switch letter {
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "t"): 0x09
        default: letter
        }
    }

    static func hexDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x37
        case 0x61...0x66: byte - 0x57
        default: nil
        }
    }
}
