/// One request as a receiver judged it.
package struct ReceivedWebhook: Sendable {
    package enum Verification: String, Sendable {
        case valid, invalid, missing
        /// The receiver knows no secret.
        case unchecked
    }

    package let path: String
    package let headers: [String: String]
    package let body: [UInt8]
    package let flockSignature: Verification
    package let standardSignature: Verification
    /// Requests of the same webhook-id before this one.
    package let seenBefore: Int
    package let act: FailureScript.Act

    /// A header by its lower-case name.
    package func header(_ name: String) -> String? { headers[name] }
}
