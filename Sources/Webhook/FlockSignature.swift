package import Domain

/// The `X-Flock-Signature` scheme: `sha256=` and the lower-case hex HMAC-SHA256 of the raw body.
///
/// The key is the UTF-8 form of the whole secret, even if it begins with `whsec_`.
package enum FlockSignature {
    package static let headerName = "X-Flock-Signature"

    /// The value of the header for a body.
    package static func sign(body: [UInt8], secret: WebhookSecret) -> String {
        "sha256=" + Digest.hex(Digest.hmacSHA256(key: Array(secret.text.utf8), message: body))
    }

    /// Whether a received header is the signature of a body. Accepts hex digits in either case.
    package static func verify(_ header: String, body: [UInt8], secret: WebhookSecret) -> Bool {
        Digest.equalInConstantTime(Array(header.lowercased().utf8), Array(sign(body: body, secret: secret).utf8))
    }
}
