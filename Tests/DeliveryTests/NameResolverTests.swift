import Delivery
import Events
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct NameResolverTests {
    private static let found = LookupResult.found([.v4(IPv4Address(bits: 0x0808_0808))])

    /// Look-ups that end when a test says so.
    private final class Lookups: Sendable {
        private let open = Mutex<[String: @Sendable (LookupResult) -> Void]>([:])
        private let started = Mutex<[String]>([])

        var names: [String] { started.withLock { $0 } }

        func start(_ host: String, _ ended: @escaping @Sendable (LookupResult) -> Void) {
            open.withLock { $0[host] = ended }
            started.withLock { $0.append(host) }
        }

        func end(_ host: String, _ result: LookupResult) { open.withLock { $0.removeValue(forKey: host) }?(result) }
    }

    private let lookups = Lookups()
    private let time = ManualTime()

    private var resolver: NameResolver {
        NameResolver(time: time) { [lookups] host, ended in lookups.start(host, ended) }
    }

    @Test func allWhoAskHearTheOneAnswer() async throws {
        let resolver = self.resolver
        async let first = resolver.addresses(of: "a", within: .seconds(30))
        async let second = resolver.addresses(of: "a", within: .seconds(30))
        try await eventually("both ask") { lookups.names == ["a"] && resolver.waiterCount == 2 }
        lookups.end("a", Self.found)
        #expect(await first == Self.found)
        #expect(await second == Self.found)
        #expect(await resolver.addresses(of: "a", within: .zero) == Self.found, "from memory")
        #expect(lookups.names == ["a"])
    }

    @Test func nobodyWaitsLongerThanItWants() async throws {
        let resolver = self.resolver
        async let patient = resolver.addresses(of: "a", within: .seconds(30))
        try await eventually("the look-up has begun") { lookups.names == ["a"] }
        #expect(await resolver.addresses(of: "a", within: .milliseconds(1)) == .unanswered)
        #expect(lookups.names == ["a"], "one that hangs is not started again")
        lookups.end("a", .notFound)
        #expect(await patient == .notFound)
    }

    @Test func aHostThatIsAnAddressIsNotLookedUp() async throws {
        let result = await resolver.host(of: try WebhookURL("http://0x08.8.8.8/"), within: .zero)
        #expect(result == Self.found)
        #expect(lookups.names == [])
    }

    @Test func theSystemKnowsThisMachine() async {
        let resolver = NameResolver(time: time, lookUp: SystemLookup.start)
        let addresses = await resolver.addresses(of: "localhost", within: .seconds(30)).addresses ?? []
        #expect(!addresses.isEmpty)
        #expect(addresses.allSatisfy { [IPAddress.v4(IPv4Address(bits: 0x7F00_0001))].contains($0) || $0.v4 == nil })
        #expect(await resolver.addresses(of: "nowhere.invalid", within: .seconds(30)).addresses == nil)
    }
}
