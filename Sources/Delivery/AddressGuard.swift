package import Events

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

    /// Refuses a URL whose host is a forbidden address. Names are judged at each attempt, with all their addresses.
    package func check(_ url: WebhookURL) throws(Rejection) {
        guard let address = url.addressLiteral, !allows(address) else { return }
        throw Rejection(
            .addressNotAllowed,
            "webhook_url: its address is not public; use a public one, or cover it with allow-network")
    }
}
