#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif
internal import COpenSSL

extension Ed25519PublicKey {
    /// The form of Standard Webhooks 1.0: `whpk_` and the base64 of 32 bytes.
    package var text: String { "whpk_" + Data(bytes).base64EncodedString() }

    private static let privateInstead = KeyTextError(
        "there is a private key instead of the public one; print that with: flock-relay public-key")

    /// Reads a public key from text.
    ///
    /// - Parameter text: `whpk_` and base64, or a SubjectPublicKeyInfo in PEM.
    /// - Throws: ``KeyTextError`` for any other text.
    package init(text: String) throws(KeyTextError) {
        let key: Ed25519PublicKey?
        switch KeyText(text) {
        case .publicKey(let bytes): key = bytes.flatMap(Self.init(bytes:))
        case .pem(let pem) where pem.contains("PRIVATE KEY"): throw Self.privateInstead
        case .privateKey: throw Self.privateInstead
        case .pem(let pem):
            let handle = unsafe KeyHandle.reading(pem: pem) { unsafe PEM_read_bio_PUBKEY($0, nil, nil, nil) }
            key = handle.flatMap(Self.init(publicHalfOf:))
        case .secret, .other: key = nil
        }
        guard let key else {
            throw KeyTextError(
                "there is no Ed25519 public key, which is whpk_ and the base64 of 32 bytes, or PEM (-----BEGIN PUBLIC KEY-----)"
            )
        }
        self = key
    }
}
