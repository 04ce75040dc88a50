/// One received request and the results of its verification.
package struct ReceivedWebhook: Sendable {
    package enum Verification: String, Sendable {
        case valid, invalid, missing
        /// The receiver has no secret, or no public key, to verify it with.
        case unchecked
    }

    package let path: String
    package let headers: [String: String]
    package let body: [UInt8]
    package let flockSignature: Verification
    package let standardSignature: Verification
    /// `v1a` in `webhook-signature`.
    package let asymmetricSignature: Verification
    /// Earlier requests with the same webhook-id.
    package let seenBefore: Int
    package let act: FailureScript.Act

    /// A header by its lower-case name.
    package func header(_ name: String) -> String? { headers[name] }
}
