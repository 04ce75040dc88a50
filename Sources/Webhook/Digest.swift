internal import COpenSSL

/// SHA-256 and HMAC-SHA256 (RFC 2104), computed by libcrypto.
package enum Digest {
    /// Bytes of a SHA-256 digest.
    package static let length = 32

    package static func sha256(_ message: [UInt8]) -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: length) { digest, count in
            let worked = unsafe EVP_Digest(message, message.count, digest.baseAddress, nil, EVP_sha256(), nil)
            precondition(worked == 1, "libcrypto offers no SHA-256")
            count = length
        }
    }

    package static func hmacSHA256(key: [UInt8], message: [UInt8]) -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: length) { digest, count in
            let worked = unsafe HMAC(
                EVP_sha256(), key, Int32(key.count), message, message.count, digest.baseAddress, nil)
            precondition(unsafe worked != nil, "libcrypto offers no HMAC-SHA256")
            count = length
        }
    }

    /// Compares in a time that depends on the lengths only, so that it discloses nothing about a signature.
    package static func equalInConstantTime(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        guard left.count == right.count else { return false }
        return unsafe CRYPTO_memcmp(left, right, left.count) == 0
    }

    /// Lower-case hexadecimal.
    package static func hex(_ bytes: some Sequence<UInt8>) -> String {
        var text: [UInt8] = []
        for byte in bytes {
            text.append(digit(byte >> 4))
            text.append(digit(byte & 15))
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
}
