internal import COpenSSL

/// An asymmetric key in libcrypto, freed with its last reference. It never changes, so several threads may use it at a
/// time.
@safe final class KeyHandle: Sendable {
    nonisolated(unsafe) let pointer: OpaquePointer

    /// Takes ownership of the key.
    init(owning pointer: OpaquePointer) { unsafe self.pointer = pointer }

    deinit { unsafe EVP_PKEY_free(pointer) }

    /// Whether the key is for Ed25519 (RFC 8032).
    var isEd25519: Bool { unsafe EVP_PKEY_get_id(pointer) == EVP_PKEY_ED25519 }

    /// Reads the first key in PEM text; nil if there is none that libcrypto can read.
    ///
    /// - Parameter read: reads the key from a BIO and passes it on to the caller, who owns it.
    static func reading(pem text: String, _ read: (OpaquePointer) -> OpaquePointer?) -> KeyHandle? {
        // The BIO reads from the bytes where they are.
        unsafe Array(text.utf8).withUnsafeBytes { bytes in
            guard let bio = unsafe BIO_new_mem_buf(bytes.baseAddress, Int32(clamping: bytes.count)) else { return nil }
            defer {
                unsafe _ = BIO_free(bio)
                ERR_clear_error()
            }
            return unsafe read(bio).map { unsafe KeyHandle(owning: $0) }
        }
    }
}
