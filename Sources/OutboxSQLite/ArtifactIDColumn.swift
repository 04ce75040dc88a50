internal import Domain
internal import Foundation

/// An artifact id in a column. Flock's ids are UUIDs, which take 16 bytes instead of 36.
///
/// Any other id is stored as its UTF-8 after one or two bytes `FF`, which UTF-8 never has (RFC 3629), so that it neither
/// has 16 bytes nor can be confused with another id.
enum ArtifactIDColumn {
    private static let mark: UInt8 = 0xFF
    private static let uuidBytes = 16

    static func encode(_ id: ArtifactID) -> [UInt8] {
        var text = id.rawValue
        return text.withUTF8 { text in unsafe uuid(text) ?? marked(text) }
    }

    static func decode(_ bytes: some Collection<UInt8>) -> ArtifactID {
        guard bytes.count == uuidBytes else {
            return ArtifactID(String(decoding: bytes.drop { $0 == mark }, as: UTF8.self))
        }
        var text: [UInt8] = []
        for (index, byte) in bytes.enumerated() {
            if hyphens.contains(text.count) { text.append(UInt8(ascii: "-")) }
            text.append(digit(byte >> 4))
            text.append(digit(byte & 15))
            assert(index < uuidBytes)
        }
        return ArtifactID(String(decoding: text, as: UTF8.self))
    }

    private static func marked(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        let marks = text.count == uuidBytes - 1 ? 2 : 1
        return unsafe Array(repeating: mark, count: marks) + text
    }

    // MARK: UUIDs

    /// Where the canonical text of a UUID has hyphens (RFC 9562, 4).
    private static let hyphens = [8, 13, 18, 23]
    private static let uuidTextBytes = 36

    /// nil unless the text is a UUID exactly as ``decode(_:)`` writes it, in lower case.
    private static func uuid(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
        guard text.count == uuidTextBytes else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(uuidBytes)
        var index = 0
        while index < uuidTextBytes {
            if hyphens.contains(index) {
                guard unsafe text[index] == UInt8(ascii: "-") else { return nil }
                index += 1
            }
            guard let high = unsafe value(text[index]), let low = unsafe value(text[index + 1]) else { return nil }
            bytes.append(high << 4 | low)
            index += 2
        }
        return bytes
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        default: nil
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
}
