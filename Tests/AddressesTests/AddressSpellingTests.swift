import Addresses
import Domain
import TestSupport
import Testing

/// Rejects every spelling in `Tests/fixtures/forbidden-addresses.txt`, and accepts those in `public-addresses.txt`.
@Suite struct AddressSpellingTests {
    private let addressGuard = AddressGuard(allowed: [])

    /// The lines of a table without its comments.
    private static func table(_ name: String) throws -> [String] {
        try Fixture.lines(name).map { String(decoding: $0, as: UTF8.self) }.filter { !$0.hasPrefix("#") }
    }

    /// Whether a webhook may go there. A URL is checked as at registration, an address as after a look-up.
    private func isReachable(_ spelling: String) -> Bool {
        if let address = IPv4Address(anySpelling: spelling) { return addressGuard.allows(.v4(address)) }
        if let address = IPv6Address(spelling) { return addressGuard.allows(.v6(address)) }
        guard let url = try? WebhookURL(spelling) else { return false }
        return (try? addressGuard.check(url)) != nil
    }

    @Test func forbiddenSpellingsAreRejected() throws {
        let spellings = try Self.table("forbidden-addresses.txt")
        #expect(Set(spellings).count >= 200)
        for spelling in spellings { #expect(!isReachable(spelling), "\(spelling)") }
    }

    @Test func publicSpellingsAreAccepted() throws {
        let spellings = try Self.table("public-addresses.txt")
        #expect(Set(spellings).count >= 50)
        for spelling in spellings { #expect(isReachable(spelling), "\(spelling)") }
    }
}
