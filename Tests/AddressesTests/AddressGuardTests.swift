import Addresses
import Domain
import Testing

@Suite struct AddressGuardTests {
    /// The first and the last address of every block that is not public, and the public addresses next to them.
    static let edges: [(address: String, isPublic: Bool)] = [
        ("0.0.0.0", false), ("0.255.255.255", false), ("1.0.0.0", true), ("9.255.255.255", true), ("10.0.0.0", false),
        ("10.255.255.255", false), ("11.0.0.0", true), ("100.63.255.255", true), ("100.64.0.0", false),
        ("100.127.255.255", false), ("100.128.0.0", true), ("126.255.255.255", true), ("127.0.0.0", false),
        ("127.0.0.1", false), ("127.255.255.255", false), ("128.0.0.0", true), ("168.63.129.15", true),
        ("168.63.129.16", false), ("168.63.129.17", true), ("169.253.255.255", true), ("169.254.0.0", false),
        ("169.254.169.254", false), ("169.254.255.255", false), ("169.255.0.0", true),
        ("172.15.255.255", true), ("172.16.0.0", false), ("172.31.255.255", false), ("172.32.0.0", true),
        ("191.255.255.255", true), ("192.0.0.0", false), ("192.0.0.255", false), ("192.0.1.0", true),
        ("192.0.1.255", true), ("192.0.2.0", false), ("192.0.2.255", false), ("192.0.3.0", true),
        ("192.88.98.255", true), ("192.88.99.0", false), ("192.88.99.255", false), ("192.88.100.0", true),
        ("192.167.255.255", true), ("192.168.0.0", false), ("192.168.255.255", false), ("192.169.0.0", true),
        ("198.17.255.255", true), ("198.18.0.0", false), ("198.19.255.255", false), ("198.20.0.0", true),
        ("198.51.99.255", true), ("198.51.100.0", false), ("198.51.100.255", false), ("198.51.101.0", true),
        ("203.0.112.255", true), ("203.0.113.0", false), ("203.0.113.255", false), ("203.0.114.0", true),
        ("223.255.255.255", true), ("224.0.0.0", false), ("239.255.255.255", false), ("240.0.0.0", false),
        ("255.255.255.254", false), ("255.255.255.255", false), ("8.8.8.8", true), ("93.184.215.14", true),
    ]

    @Test("Only public addresses are allowed", arguments: edges)
    func allowsOnlyPublic(_ text: String, _ isPublic: Bool) throws {
        let address = try #require(IPv4Address(anySpelling: text))
        #expect(AddressGuard(allowed: []).allows(address) == isPublic)
    }

    @Test func allowNetworkPermitsPrivateAddresses() throws {
        let allowed = ["10.1.0.0/16", "127.0.0.1/32"].compactMap(IPBlock.init)
        let addressGuard = AddressGuard(allowed: allowed)
        let verdicts = ["10.1.0.0", "10.1.255.255", "10.0.255.255", "10.2.0.0", "127.0.0.1", "127.0.0.2", "8.8.8.8"]
            .compactMap { IPv4Address(anySpelling: $0) }.map(addressGuard.allows)
        #expect(verdicts == [true, true, false, false, true, false, true])
    }

    @Test(
        "A private address literal is rejected at registration in every spelling",
        arguments: [
            "http://127.0.0.1/", "http://127.1:8080/", "http://0x7f000001/", "http://2130706433/",
            "https://017700000001/",
            "http://[::1]/", "http://[::ffff:10.0.0.1]/", "https://[fd00::1]:8443/", "http://[64:ff9b::7f00:1]/",
            "http://0/", "http://169.254.169.254/latest/meta-data/", "https://10.0.0.1./", "http://0300.0250.0.1/",
        ])
    func rejectsPrivateLiterals(_ text: String) throws {
        let url = try WebhookURL(text)
        let rejection = #expect(throws: Rejection.self) { try AddressGuard(allowed: []).check(url) }
        #expect(rejection?.code == .addressNotAllowed)
        let everything = ["0.0.0.0/0", "::/0"].compactMap(IPBlock.init)
        try AddressGuard(allowed: everything).check(url)
    }

    private func destinations(_ texts: [String], attempt: Int = 1) throws -> [String]? {
        let addresses = try texts.map { text in
            if let address = IPv4Address(anySpelling: text) { return IPAddress.v4(address) }
            return .v6(try #require(IPv6Address(text)))
        }
        let allowed = ["10.1.0.0/16", "fd00::/8"].compactMap(IPBlock.init)
        return AddressGuard(allowed: allowed).destinations(among: addresses, attempt: attempt)?.map(\.description)
    }

    @Test("An attempt tries the addresses in the resolver's order; each attempt starts one address later")
    func firstDestinationRotates() throws {
        let addresses = ["2606:4700::1", "8.8.8.8", "10.1.2.3"]
        #expect(try destinations(addresses) == addresses)
        #expect(try destinations(addresses, attempt: 2) == ["8.8.8.8", "10.1.2.3", "2606:4700::1"])
        #expect(try destinations(addresses, attempt: 3) == ["10.1.2.3", "2606:4700::1", "8.8.8.8"])
        #expect(try destinations(addresses, attempt: 4) == addresses)
        #expect(try destinations([]) == nil)
    }

    @Test(
        "A name with one forbidden address is rejected as a whole",
        arguments: [
            ["127.0.0.1"], ["8.8.8.8", "10.2.0.1"], ["8.8.8.8", "::1"], ["8.8.8.8", "::ffff:127.0.0.1"], ["fe80::1"],
        ])
    func rejectsName(_ addresses: [String]) throws { #expect(try destinations(addresses) == nil) }

    @Test(
        "Names and public literals pass the check at registration",
        arguments: ["http://localhost/", "https://h.example/", "http://8.8.8.8/"])
    func passesCheck(_ text: String) throws { try AddressGuard(allowed: []).check(try WebhookURL(text)) }
}
