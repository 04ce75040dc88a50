package import Domain

/// The result of looking up a name.
package enum LookupResult: Hashable, Sendable {
    /// At least one address.
    case found([IPAddress])
    /// The name has no address.
    case notFound
    /// The name servers do not answer, or the look-up failed temporarily.
    case unanswered
    /// The relay lacked what a look-up needs, so the name servers were not asked.
    case notDone(Shortage)

    package var addresses: [IPAddress]? { if case .found(let addresses) = self { addresses } else { nil } }
}
