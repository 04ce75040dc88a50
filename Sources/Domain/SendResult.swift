/// What became of a request.
package enum SendResult: Hashable, Sendable {
    case ended(AttemptOutcome)
    /// No connection was made, because this host lacked something. The attempt does not count.
    case notSent(Shortage)
}
