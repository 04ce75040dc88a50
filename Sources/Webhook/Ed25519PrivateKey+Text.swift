internal import COpenSSL

extension Ed25519PrivateKey {
    private static let advice = "make one with: openssl genpkey -algorithm ed25519 -out FILE"

    /// Reads a private key from text.
    ///
    /// - Parameter text: PKCS #8 in PEM, not encrypted; or `whsk_` (Standard Webhooks 1.0) and the base64 of 32 bytes,
    ///   the seed, or of 64, the seed and the public key. The specification leaves the number open; both are in use.
    /// - Throws: ``KeyTextError`` for any other text.
    package convenience init(text: String) throws(KeyTextError) {
        switch KeyText(text) {
        case .pem(let pem): try self.init(pem: pem)
        case .privateKey(let bytes): try self.init(seedAndPublicKey: bytes ?? [])
        case .publicKey:
            throw KeyTextError("there is a public key (whpk_) instead of the private one; \(Self.advice)")
        case .secret:
            throw KeyTextError(
                "there is a shared secret (whsec_), which belongs in secret-file; a private key is different: \(Self.advice)"
            )
        case .other:
            throw KeyTextError(
                "there is no private key; write PEM that begins with -----BEGIN PRIVATE KEY-----, or whsk_ and base64; \(Self.advice)"
            )
        }
    }

    private convenience init(seedAndPublicKey bytes: [UInt8]) throws(KeyTextError) {
        guard [Self.seedLength, Self.seedLength + Ed25519PublicKey.length].contains(bytes.count) else {
            throw KeyTextError(
                "whsk_ must be followed by the base64 of 32 bytes (the seed) or 64 (the seed and the public key)")
        }
        try self.init(seed: Array(bytes.prefix(Self.seedLength)))
        guard bytes.dropFirst(Self.seedLength).isEmpty || bytes.suffix(Ed25519PublicKey.length) == publicKey.bytes[...]
        else {
            throw KeyTextError("the public key in whsk_ does not belong to the seed before it; write the seed alone")
        }
    }

    private convenience init(pem: String) throws(KeyTextError) {
        guard KeyText.blocks(pem) == 1 else {
            throw KeyTextError("there are several PEM blocks; write the private key alone")
        }
        guard !pem.contains("ENCRYPTED") else {
            throw KeyTextError(
                "the private key has a passphrase; write it without one: openssl pkey -in ENCRYPTED -out FILE")
        }
        guard !pem.contains("-----BEGIN PUBLIC KEY-----") else {
            throw KeyTextError("there is a public key instead of the private one; \(Self.advice)")
        }
        // Without a function for the passphrase, libcrypto asks for one on the terminal.
        let handle = unsafe KeyHandle.reading(pem: pem) {
            unsafe PEM_read_bio_PrivateKey($0, nil, { _, _, _, _ in -1 }, nil)
        }
        guard let handle else {
            throw KeyTextError("the private key is damaged, or not PKCS #8 in PEM; \(Self.advice)")
        }
        guard handle.isEd25519 else {
            throw KeyTextError("the private key is for another algorithm than Ed25519; \(Self.advice)")
        }
        try self.init(handle)
    }
}
