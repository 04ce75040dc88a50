import Addresses
import Domain
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct NameResolverTests {
    private static let found = LookupResult.found([.v4(IPv4Address(bits: 0x0808_0808))])

    /// Look-ups that a test ends explicitly.
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

    private var resolver: NameResolver { makeResolver(lookups: 512) }

    /// - Parameter lookups: how many may be in flight.
    private func makeResolver(lookups limit: Int) -> NameResolver {
        var limits = LookupTable.Limits()
        limits.lookups = limit
        return NameResolver(table: LookupTable(limits: limits), time: time) { [lookups] host, ended in
            lookups.start(host, ended)
        }
    }

    @Test func callersOfOneNameShareOneLookUp() async throws {
        let resolver = self.resolver
        async let first = resolver.addresses(of: "a", within: .seconds(30), isAnswering: false)
        async let second = resolver.addresses(of: "a", within: .seconds(30), isAnswering: false)
        try await eventually("both ask") { lookups.names == ["a"] && resolver.waiterCount == 2 }
        lookups.end("a", Self.found)
        #expect(await first == Self.found)
        #expect(await second == Self.found)
        #expect(await resolver.addresses(of: "a", within: .zero, isAnswering: false) == Self.found, "from memory")
        #expect(lookups.names == ["a"])
    }

    @Test("A caller waits no longer than its own limit")
    func waitIsLimited() async throws {
        let resolver = self.resolver
        async let patient = resolver.addresses(of: "a", within: .seconds(30), isAnswering: false)
        try await eventually("the look-up has begun") { lookups.names == ["a"] }
        async let impatient = resolver.addresses(of: "a", within: .milliseconds(1), isAnswering: false)
        try await time.advance(by: .milliseconds(1), whenSleeping: 2)
        #expect(await impatient == .unanswered)
        #expect(lookups.names == ["a"], "a hanging look-up is not started again")
        lookups.end("a", .notFound)
        #expect(await patient == .notFound)
    }

    @Test func aNameBeyondTheLimitWaitsUntilALookUpEnds() async throws {
        let resolver = makeResolver(lookups: 1)
        async let first = resolver.addresses(of: "a", within: .seconds(30), isAnswering: false)
        try await eventually("the look-up has begun") { lookups.names == ["a"] }
        async let second = resolver.addresses(of: "b", within: .seconds(30), isAnswering: true)
        try await eventually("both wait") { resolver.waiterCount == 2 }
        lookups.end("a", .notFound)
        #expect(await first == .notFound)
        try await eventually("the queued name is looked up") { lookups.names == ["a", "b"] }
        lookups.end("b", Self.found)
        #expect(await second == Self.found)
    }

    @Test("A name without waiting callers leaves the queue")
    func abandonedName() async throws {
        let resolver = makeResolver(lookups: 1)
        async let first = resolver.addresses(of: "a", within: .seconds(30), isAnswering: false)
        try await eventually("the look-up has begun") { lookups.names == ["a"] }
        async let impatient = resolver.addresses(of: "b", within: .milliseconds(1), isAnswering: true)
        try await time.advance(by: .milliseconds(1), whenSleeping: 2)
        #expect(await impatient == .notDone(.lookups), "b's servers were not asked")
        lookups.end("a", Self.found)
        #expect(await first == Self.found)
        #expect(lookups.names == ["a"], "no caller waits for b any more")
        async let second = resolver.addresses(of: "b", within: .seconds(30), isAnswering: false)
        try await eventually("the abandoned name is looked up anew") { lookups.names == ["a", "b"] }
        lookups.end("b", .notFound)
        #expect(await second == .notFound)
    }

    @Test func aHostThatIsAnAddressIsNotLookedUp() async throws {
        let result = await resolver.host(
            of: try WebhookURL("http://0x08.8.8.8/").origin, within: .zero, isAnswering: false)
        #expect(result == Self.found)
        #expect(lookups.names == [])
    }

    @Test func theSystemResolverKnowsLocalhost() async {
        let resolver = NameResolver(time: time, lookUp: SystemLookup.start)
        let result = await resolver.addresses(of: "localhost", within: .seconds(30), isAnswering: false)
        let addresses = result.addresses ?? []
        #expect(!addresses.isEmpty)
        #expect(addresses.allSatisfy { [IPAddress.v4(IPv4Address(bits: 0x7F00_0001))].contains($0) || $0.v4 == nil })
        let nowhere = await resolver.addresses(of: "nowhere.invalid", within: .seconds(30), isAnswering: false)
        #expect(nowhere.addresses == nil)
    }
}
