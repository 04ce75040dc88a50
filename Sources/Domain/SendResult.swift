/// How a request ended, or why it was not sent.
package enum SendResult: Hashable, Sendable {
    case ended(AttemptOutcome)
    /// The relay lacked a descriptor, a connection or memory, so the request was not sent. The attempt does not count.
    case notSent(Shortage)
}
