package import Domain

/// Decides which addresses webhooks may reach: public ones, and those that the configuration allows (docs/security.md).
package struct AddressGuard: Sendable {
    private let allowed: [IPBlock]

    /// - Parameter allowed: blocks that webhooks may reach although they are not public.
    package init(allowed: [IPBlock]) { self.allowed = allowed }

    package func allows(_ address: IPv4Address) -> Bool {
        isAllowedByConfiguration(.v4(address)) || !SpecialAddresses.contains(address)
    }

    /// An address that embeds IPv4 addresses is allowed only if all of them are.
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

    /// The addresses that an attempt may connect to, in the order in which to try them.
    ///
    /// The order is the resolver's, rotated by one place for each attempt. An address that accepts connections and then
    /// fails is therefore not the first one each time.
    ///
    /// - Parameters:
    ///   - addresses: all current addresses of the host.
    ///   - attempt: from 1.
    /// - Returns: nil if an address is not allowed, or there is none.
    package func destinations(among addresses: [IPAddress], attempt: Int) -> [IPAddress]? {
        guard !addresses.isEmpty, addresses.allSatisfy(allows) else { return nil }
        let first = (attempt - 1) % addresses.count
        return Array(addresses[first...] + addresses[..<first])
    }

    /// Rejects a URL whose host is a forbidden address. Names are checked at each attempt, with all their addresses.
    package func check(_ url: WebhookURL) throws(Rejection) {
        guard let address = url.origin.addressLiteral, !allows(address) else { return }
        throw Rejection(
            .addressNotAllowed,
            "webhook_url: its address is not public; use a public address, or allow this one with allow-network")
    }
}
