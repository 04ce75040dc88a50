#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// Public keys as JSON Web Keys: RFC 7517, and RFC 8037 for Ed25519.
package enum JSONWebKey {
    /// A JWK Set with one key. Its `kid` is the thumbprint, so that it stays the same for the same key.
    package static func set(of key: Ed25519PublicKey) -> String {
        let members = [
            ("kty", "OKP"), ("crv", "Ed25519"), ("x", base64URL(key.bytes)), ("kid", thumbprint(key)),
            ("alg", "EdDSA"), ("use", "sig"),
        ]
        return #"{"keys":[{"# + members.map { #""\#($0)":"\#($1)""# }.joined(separator: ",") + "}]}"
    }

    /// RFC 7638: the base64url of the SHA-256 over the required members, sorted by name, without white space.
    static func thumbprint(_ key: Ed25519PublicKey) -> String {
        base64URL(Digest.sha256(Array(#"{"crv":"Ed25519","kty":"OKP","x":"\#(base64URL(key.bytes))"}"#.utf8)))
    }

    /// RFC 4648, section 5, without padding.
    private static func base64URL(_ bytes: [UInt8]) -> String {
        let alphabet: [Character: Character] = ["+": "-", "/": "_"]
        return String(Data(bytes).base64EncodedString().filter { $0 != "=" }.map { alphabet[$0] ?? $0 })
    }
}
