/// How an origin has dealt with its last attempts.
package enum OriginState: String, CaseIterable, Sendable {
    /// No attempt has ended yet.
    case unknown
    /// The last attempt ended before its deadline.
    case answering
    /// Answers, but so many attempts in a row have failed that it gets one at a time, with pauses.
    case failing
    /// The last attempt ran into its deadline.
    case hanging
}
