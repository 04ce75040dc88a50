package import Domain

/// What becomes of a published artifact.
package enum Route: Sendable {
    /// To be delivered, under this number.
    case matched(Registration, SequenceNumber)
    /// The same artifact of the same workflow was accepted before.
    case duplicate
    /// No registration (yet).
    case unmatched
    /// Not public, and only public artifacts are delivered.
    case withheld
}
