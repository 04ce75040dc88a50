internal import COpenSSL

/// A private key for Ed25519 (RFC 8032). It is prepared once, because that takes as long as a signature.
///
/// Prints as `<redacted>`, so that logging a value that contains it does not disclose it.
package final class Ed25519PrivateKey: Sendable, CustomStringConvertible, CustomReflectable {
    /// Bytes of a seed, the private key of RFC 8032.
    static let seedLength = 32

    private let handle: KeyHandle
    package let publicKey: Ed25519PublicKey

    /// - Throws: ``KeyTextError`` if libcrypto cannot sign with it, for example in FIPS mode.
    init(_ handle: KeyHandle) throws(KeyTextError) {
        guard let publicKey = Ed25519PublicKey(publicHalfOf: handle), Self.signature(of: [], by: handle) != nil else {
            throw KeyTextError("libcrypto cannot sign with Ed25519 on this machine; leave signing-key-file unset")
        }
        self.handle = handle
        self.publicKey = publicKey
    }

    /// - Parameter seed: 32 bytes.
    convenience init(seed: [UInt8]) throws(KeyTextError) {
        guard let key = unsafe EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, seed, seed.count) else {
            ERR_clear_error()
            throw KeyTextError("libcrypto has no Ed25519 on this machine; leave signing-key-file unset")
        }
        try self.init(unsafe KeyHandle(owning: key))
    }

    /// The signature of a message: 64 bytes.
    package func sign(_ message: [UInt8]) -> [UInt8] {
        guard let signature = Self.signature(of: message, by: handle) else {
            preconditionFailure("libcrypto cannot sign with a key that it has signed with")
        }
        return signature
    }

    private static func signature(of message: [UInt8], by handle: KeyHandle) -> [UInt8]? {
        let context = unsafe EVP_MD_CTX_new()
        defer { unsafe EVP_MD_CTX_free(context) }
        var length = Ed25519PublicKey.signatureLength
        var signature = [UInt8](repeating: 0, count: length)
        guard unsafe EVP_DigestSignInit(context, nil, nil, nil, handle.pointer) == 1,
            unsafe EVP_DigestSign(context, &signature, &length, message, message.count) == 1,
            length == signature.count
        else {
            ERR_clear_error()
            return nil
        }
        return signature
    }

    package var description: String { "<redacted>" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
