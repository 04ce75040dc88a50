package import Domain

/// What the look-up of a name brought.
package enum LookupResult: Hashable, Sendable {
    /// At least one address.
    case found([IPAddress])
    /// The name has no address.
    case notFound
    /// Its name servers do not answer, or not now.
    case unanswered

    package var addresses: [IPAddress]? { if case .found(let addresses) = self { addresses } else { nil } }
}
