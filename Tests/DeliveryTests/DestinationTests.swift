import Delivery
import Events
import TestSupport
import Testing

@Suite struct DestinationTests {
    private let addressGuard = AddressGuard(allowed: [IPBlock("10.1.0.0/16"), IPBlock("fd00::/8")].compactMap { $0 })

    private func judge(_ url: String, _ addresses: [String], attempt: Int = 1) throws -> Destination? {
        Destination.judge(try addresses.map(address), try WebhookURL(url), attempt: attempt, addressGuard)
    }

    private func address(_ text: String) throws -> IPAddress {
        if let address = IPv4Address(anySpelling: text) { return .v4(address) }
        return .v6(try #require(IPv6Address(text)))
    }

    private func pinned(_ text: String) throws -> Destination { .pinned(try #require(IPv4Address(anySpelling: text))) }

    @Test func httpGoesToTheAddressThatWasChecked() throws {
        #expect(try judge("http://h.example/", ["8.8.8.8"]) == pinned("8.8.8.8"))
        #expect(try judge("http://h.example/", ["2606:4700::1", "8.8.4.4"]) == pinned("8.8.4.4"))
        #expect(try judge("http://h.example/", ["10.1.2.3"]) == pinned("10.1.2.3"))
    }

    @Test func attemptsTakeTheAddressesInTurn() throws {
        let addresses = ["8.8.8.8", "2606:4700::1", "8.8.4.4"]
        let taken = try (1...4).map { try judge("http://h.example/", addresses, attempt: $0) }
        #expect(try taken == [pinned("8.8.8.8"), pinned("8.8.4.4"), pinned("8.8.8.8"), pinned("8.8.4.4")])
    }

    @Test func httpsAndLiteralsGoAsWritten() throws {
        #expect(try judge("https://h.example/", ["8.8.8.8", "2606:4700::1"]) == .asWritten)
        #expect(try judge("https://h.example/", ["2606:4700::1"]) == .asWritten)
        #expect(try judge("http://8.8.8.8/", ["8.8.8.8"]) == .asWritten)
    }

    @Test(
        "One address that is not allowed forbids the name",
        arguments: [
            ["127.0.0.1"], ["8.8.8.8", "10.2.0.1"], ["8.8.8.8", "::1"], ["8.8.8.8", "::ffff:127.0.0.1"], ["fe80::1"],
        ])
    func forbids(_ addresses: [String]) throws {
        for scheme in ["http", "https"] { #expect(try judge("\(scheme)://h.example/", addresses) == nil) }
    }

    @Test func httpNeedsAnIPv4Address() throws {
        #expect(try judge("http://h.example/", ["2606:4700::1"]) == nil)
        #expect(try judge("http://h.example/", ["fd00::1"]) == nil)
        #expect(try judge("https://h.example/", ["fd00::1"]) == .asWritten)
    }
}
