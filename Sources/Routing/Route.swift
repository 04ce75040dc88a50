package import Domain

/// The routing decision for a published artifact.
package enum Route: Sendable {
    /// Deliver it with this registration and sequence number.
    case matched(Registration, SequenceNumber)
    /// The same artifact of this workflow was accepted before.
    case duplicate
    /// The workflow has no open registration (yet).
    case unmatched
    /// The artifact is not public, and only public artifacts are delivered.
    case withheld
    /// The registration does not ask for artifacts of this type or producer.
    case filtered
}
