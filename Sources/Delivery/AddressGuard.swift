package import Events

/// Judges the addresses that webhooks may reach: public ones, and those that the configuration allows.
package struct AddressGuard: Sendable {
    /// Blocks that are not public (IANA IPv4 Special-Purpose Address Registry, and multicast).
    private static let notPublic: [IPv4Block] = [
        "0.0.0.0/8",  // this network, RFC 791
        "10.0.0.0/8",  // private, RFC 1918
        "100.64.0.0/10",  // carrier-grade NAT, RFC 6598
        "127.0.0.0/8",  // loopback, RFC 1122
        "169.254.0.0/16",  // link-local and cloud metadata, RFC 3927
        "172.16.0.0/12",  // private, RFC 1918
        "192.0.0.0/24",  // protocol assignments, RFC 6890
        "192.0.2.0/24",  // documentation, RFC 5737
        "192.31.196.0/24",  // AS112, RFC 7535
        "192.52.193.0/24",  // AMT, RFC 7450
        "192.88.99.0/24",  // 6to4 relays, RFC 7526
        "192.168.0.0/16",  // private, RFC 1918
        "192.175.48.0/24",  // AS112, RFC 7534
        "198.18.0.0/15",  // benchmarks, RFC 2544
        "198.51.100.0/24",  // documentation, RFC 5737
        "203.0.113.0/24",  // documentation, RFC 5737
        "224.0.0.0/4",  // multicast, RFC 5771
        "240.0.0.0/4",  // reserved and broadcast, RFC 1112
    ].compactMap(IPv4Block.init)

    private let allowed: [IPv4Block]

    /// - Parameter allowed: blocks that webhooks may reach although they are not public.
    package init(allowed: [IPv4Block]) { self.allowed = allowed }

    package func allows(_ address: IPv4Address) -> Bool {
        allowed.contains { $0.contains(address) } || !Self.notPublic.contains { $0.contains(address) }
    }

    /// Refuses a URL whose host is a forbidden address. Names are not judged here.
    package func check(_ url: WebhookURL) throws(Rejection) {
        guard let address = url.addressLiteral, !allows(address) else { return }
        throw Rejection(
            .addressNotAllowed,
            "webhook_url: its address is not public; use a public one, or cover it with allow-network")
    }
}
