internal import Domain

/// The addresses that are not public: the special-purpose registries of IANA, multicast and cloud platform services.
enum SpecialAddresses {
    /// IANA IPv4 Special-Purpose Address Registry, multicast, and a cloud platform's address that no registry lists.
    private static let v4: [IPv4Block] = [
        "0.0.0.0/8",  // this network, RFC 791
        "10.0.0.0/8",  // private, RFC 1918
        "100.64.0.0/10",  // carrier-grade NAT, RFC 6598
        "127.0.0.0/8",  // loopback, RFC 1122
        // Azure platform services, reachable from every virtual machine: Microsoft, "What is IP address 168.63.129.16?"
        "168.63.129.16/32",
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

    /// The only IPv6 block in use on the Internet (RFC 4291, 2.4). Loopback, unique local, link-local, multicast and
    /// unassigned addresses are outside it.
    private static let globalUnicast = IPv6Block("2000::/3")

    /// The blocks within ``globalUnicast`` that are not public (IANA IPv6 Special-Purpose Address Registry).
    private static let v6: [IPv6Block] = [
        "2001::/23",  // protocol assignments, RFC 2928
        "2001:db8::/32",  // documentation, RFC 3849
        "2620:4f:8000::/48",  // AS112, RFC 7534
        "3fff::/20",  // documentation, RFC 9637
    ].compactMap(IPv6Block.init)

    static func contains(_ address: IPv4Address) -> Bool { v4.contains { $0.contains(address) } }

    static func contains(_ address: IPv6Address) -> Bool {
        globalUnicast?.contains(address) != true || v6.contains { $0.contains(address) }
    }

    /// The IPv4 addresses embedded in an IPv6 address by a transition mechanism, which a connection finally reaches.
    /// Empty for a native IPv6 address.
    static func wrapped(in address: IPv6Address) -> [IPv4Address] {
        switch UInt32(truncatingIfNeeded: address.bits >> 96) {
        case 0 where UInt64(truncatingIfNeeded: address.bits >> 32) == 0xFFFF:
            [address.embedded(at: 96)]  // IPv4-mapped, RFC 4291, 2.5.5.2
        case 0x0064_FF9B where UInt64(truncatingIfNeeded: address.bits >> 32) == 0:
            [address.embedded(at: 96)]  // NAT64, RFC 6052
        case 0x2002_0000...0x2002_FFFF:
            [address.embedded(at: 16)]  // 6to4, RFC 3056
        case 0x2001_0000:
            // Teredo, RFC 4380: the server, and the client with its bits inverted.
            [address.embedded(at: 32), IPv4Address(bits: ~address.embedded(at: 96).bits)]
        default: []
        }
    }
}
