/// What the last attempts say about an origin.
package enum OriginState: String, CaseIterable, Sendable {
    /// No attempt has ended yet.
    case unknown
    /// The last attempt ended before its deadline.
    case answering
    /// The origin answers, but so many attempts in a row have failed that it gets one at a time, with pauses.
    case failing
    /// The last attempt timed out.
    case hanging
}
