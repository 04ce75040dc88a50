package import Events

/// Where an attempt connects to, once every address of its host was judged.
package enum Destination: Hashable, Sendable {
    /// As the URL says: an address literal, or a name whose certificate has to match.
    case asWritten
    /// To this address, with the URL's host in the `Host` header: nobody can change the name's address in between.
    case pinned(IPv4Address)

    /// - Parameters:
    ///   - addresses: the one that the host is, or all that its name has now.
    ///   - attempt: from 1; successive attempts take successive addresses.
    /// - Returns: nil if the address guard forbids it: one of them is not allowed, or there is none that an http
    ///   connection can be pinned to (URLSession reaches no IPv6 literal, row 16 of urlsession.md).
    package static func judge(
        _ addresses: [IPAddress], _ url: WebhookURL, attempt: Int, _ addressGuard: AddressGuard
    ) -> Destination? {
        guard addresses.allSatisfy(addressGuard.allows) else { return nil }
        if url.origin.scheme == .https || url.addressLiteral != nil { return .asWritten }
        let candidates = addresses.compactMap(\.v4)
        return candidates.isEmpty ? nil : .pinned(candidates[(attempt - 1) % candidates.count])
    }
}
