import Foundation
import TestSupport

/// An independent implementation of the relay's signatures: the `openssl` command.
enum OpenSSL {
    /// HMAC-SHA256 in lower-case hex.
    static func hmac(key: [UInt8], _ message: [UInt8]) async throws -> String {
        try await digest(["-mac", "HMAC", "-macopt", "hexkey:\(hex(key))"], message)
    }

    /// SHA-256 in lower-case hex.
    static func sha256(_ message: [UInt8]) async throws -> String { try await digest([], message) }

    /// HMAC-SHA256 in base64.
    static func base64HMAC(key: [UInt8], _ message: [UInt8]) async throws -> String {
        let digits = Array(try await hmac(key: key, message))
        let bytes = stride(from: 0, to: digits.count - 1, by: 2).compactMap {
            UInt8(String(digits[$0...($0 + 1)]), radix: 16)
        }
        return Data(bytes).base64EncodedString()
    }

    private static func digest(_ options: [String], _ message: [UInt8]) async throws -> String {
        let result = try await Binary.run("openssl", ["dgst", "-sha256", "-r"] + options, input: message)
        return String(result.output.prefix(64))
    }

    private static func hex(_ bytes: [UInt8]) -> String {
        bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }
}
