package import Domain

/// Judges the addresses that webhooks may reach: public ones, and those that the configuration allows (docs/security.md).
package struct AddressGuard: Sendable {
    private let allowed: [IPBlock]

    /// - Parameter allowed: blocks that webhooks may reach although they are not public.
    package init(allowed: [IPBlock]) { self.allowed = allowed }

    package func allows(_ address: IPv4Address) -> Bool {
        isAllowedByConfiguration(.v4(address)) || !SpecialAddresses.contains(address)
    }

    /// An address that wraps IPv4 addresses is as good as the worst of them.
    package func allows(_ address: IPv6Address) -> Bool {
        if isAllowedByConfiguration(.v6(address)) { return true }
        let wrapped = SpecialAddresses.wrapped(in: address)
        return wrapped.isEmpty ? !SpecialAddresses.contains(address) : wrapped.allSatisfy(allows)
    }

    package func allows(_ address: IPAddress) -> Bool {
        switch address {
        case .v4(let address): allows(address)
        case .v6(let address): allows(address)
        }
    }

    private func isAllowedByConfiguration(_ address: IPAddress) -> Bool {
        allowed.contains { $0.contains(address) }
    }

    /// The addresses that an attempt may connect to, in the order in which to try them: the resolver's, begun one place
    /// later at each attempt, so that an address that accepts connections and fails does not get all of them.
    ///
    /// - Parameters:
    ///   - addresses: the one that the host is, or all that its name has now.
    ///   - attempt: from 1.
    /// - Returns: nil if one of them is not allowed, or there is none.
    package func destinations(among addresses: [IPAddress], attempt: Int) -> [IPAddress]? {
        guard !addresses.isEmpty, addresses.allSatisfy(allows) else { return nil }
        let first = (attempt - 1) % addresses.count
        return Array(addresses[first...] + addresses[..<first])
    }

    /// Rejects a URL whose host is a forbidden address. Names are judged at each attempt, with all their addresses.
    package func check(_ url: WebhookURL) throws(Rejection) {
        guard let address = url.origin.addressLiteral, !allows(address) else { return }
        throw Rejection(
            .addressNotAllowed,
            "webhook_url: its address is not public; use a public one, or cover it with allow-network")
    }
}
