import Domain
import Testing

@Suite struct IPAddressTests {
    @Test(
        "Text that no resolver takes for an address is rejected",
        arguments: [
            "", ".", "1.", ".1", "1.2.3.4.5", "256.0.0.1", "0.256.0.1", "1.2.3.256", "1.2.65536", "1.16777216",
            "4294967296", "0x100000000", "18446744073709551616", "09", "0o7", "1e3", "-1", "+1", "1.-2", "1.+2", "0x-1",
            "0x+1", "0x-0", "0xg", "a.b.c.d", " 1.2.3.4", "1.2.3.4 ", "1,2", "\u{0661}.2.3.4",
        ])
    func rejectsAddress(_ text: String) {
        #expect(IPv4Address(anySpelling: text) == nil)
    }

    @Test func addressesAreInNetworkOrder() {
        #expect(IPv4Address(anySpelling: "1.2.3.4")?.bits == 0x0102_0304)
        #expect(IPv4Address(bits: 0xC0A8_0001).description == "192.168.0.1")
    }

    static let blocks: [(block: String, within: [String], without: [String])] = [
        ("10.0.0.0/8", ["10.0.0.0", "10.255.255.255"], ["9.255.255.255", "11.0.0.0"]),
        ("172.16.0.0/12", ["172.16.0.0", "172.31.255.255"], ["172.15.255.255", "172.32.0.0"]),
        ("192.0.2.128/25", ["192.0.2.128", "192.0.2.255"], ["192.0.2.127", "192.0.3.0"]),
        ("192.0.2.7/32", ["192.0.2.7"], ["192.0.2.6", "192.0.2.8"]),
        ("192.0.2.7", ["192.0.2.7"], ["192.0.2.6", "192.0.2.8"]),
        ("0.0.0.0/0", ["0.0.0.0", "8.8.8.8", "255.255.255.255"], []),
        ("128.0.0.0/1", ["128.0.0.0", "255.255.255.255"], ["127.255.255.255"]),
    ]

    @Test("A block contains its first and last address and all between", arguments: blocks)
    func contains(_ text: String, _ within: [String], _ without: [String]) throws {
        let block = try #require(IPv4Block(text))
        for address in try within.map({ try #require(IPv4Address(anySpelling: $0)) }) {
            #expect(block.contains(address), "\(address)")
        }
        for address in try without.map({ try #require(IPv4Address(anySpelling: $0)) }) {
            #expect(!block.contains(address), "\(address)")
        }
        #expect(block.description == (text.contains("/") ? text : text + "/32"))
    }

    @Test(
        "A block is four decimal parts and a prefix length; anything else is rejected",
        arguments: [
            "", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/-0", "10.0.0.0/+8", "10.0.0.0/8/8",
            "10.0.0.0/0x8", "10.0.0.1/8", "128.0.0.0/0", "10/8", "10.0.0/8", "012.0.0.0/8", "0xa.0.0.0/8", "fd00::/8",
            "example/8", "10.0.0.0 /8", "10.0.0.0/ 8",
        ])
    func rejectsBlock(_ text: String) {
        #expect(IPv4Block(text) == nil)
    }
}
