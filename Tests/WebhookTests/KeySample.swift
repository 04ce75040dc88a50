import Foundation

/// Bytes and texts of keys for tests.
enum KeySample {
    static func bytes(hex: String) -> [UInt8] {
        let digits = hex.compactMap(\.hexDigitValue)
        return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }

    /// The base64 of bytes after a prefix.
    static func text(_ prefix: String, hex: String) -> String {
        prefix + Data(bytes(hex: hex)).base64EncodedString()
    }
}
