internal import COpenSSL

/// A public key for Ed25519 (RFC 8032).
package struct Ed25519PublicKey: Sendable, Hashable {
    /// Bytes of a public key.
    package static let length = 32
    /// Bytes of a signature.
    package static let signatureLength = 64

    /// The encoded point of RFC 8032, section 5.1.2: 32 bytes.
    package let bytes: [UInt8]
    private let handle: KeyHandle

    /// - Parameter bytes: 32; nil for another number.
    package init?(bytes: [UInt8]) {
        guard bytes.count == Self.length,
            let key = unsafe EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, bytes, bytes.count)
        else {
            ERR_clear_error()
            return nil
        }
        self.bytes = bytes
        handle = unsafe KeyHandle(owning: key)
    }

    /// The public half of a private key, or the key itself if it is public; nil for another algorithm.
    init?(publicHalfOf handle: KeyHandle) {
        var length = Self.length
        var bytes = [UInt8](repeating: 0, count: length)
        guard handle.isEd25519, unsafe EVP_PKEY_get_raw_public_key(handle.pointer, &bytes, &length) == 1 else {
            ERR_clear_error()
            return nil
        }
        self.init(bytes: bytes)
    }

    /// Whether these 64 bytes are the key's signature of a message.
    package func verify(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        let context = unsafe EVP_MD_CTX_new()
        defer {
            unsafe EVP_MD_CTX_free(context)
            ERR_clear_error()
        }
        return unsafe EVP_DigestVerifyInit(context, nil, nil, nil, handle.pointer) == 1
            && EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
    }

    package static func == (left: Self, right: Self) -> Bool { left.bytes == right.bytes }

    package func hash(into hasher: inout Hasher) { hasher.combine(bytes) }
}
