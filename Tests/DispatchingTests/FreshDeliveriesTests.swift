import Dispatching
import Domain
import TestSupport
import Testing

@Suite struct FreshDeliveriesTests {
    private static let most = FreshDeliveries.maxDeliveries

    private func delivery(_ id: Int, bytes: Int = 2) throws -> Delivery {
        try Sample.delivery(
            Int64(id), of: "w", artifact: "a-\(id)", sequence: Int64(id), registration: Sample.registration("w"),
            body: String(repeating: "x", count: bytes))
    }

    @Test func eachIsGivenOnce() throws {
        var fresh = FreshDeliveries()
        fresh.add(try delivery(1))
        #expect(fresh.take(DeliveryID(2)) == nil)
        #expect(fresh.take(DeliveryID(1))?.artifactID == ArtifactID("a-1"))
        #expect(fresh.take(DeliveryID(1)) == nil)
    }

    @Test func theOldestGoWhenTheyAreTooMany() throws {
        var fresh = FreshDeliveries()
        for id in 1...Self.most + 2 { fresh.add(try delivery(id)) }
        #expect(fresh.take(DeliveryID(2)) == nil)
        #expect(fresh.take(DeliveryID(3)) != nil)
        #expect(fresh.take(DeliveryID(Int64(Self.most + 2))) != nil)
    }

    @Test func theOldestGoWhenTheyAreTooLarge() throws {
        var fresh = FreshDeliveries()
        for id in 1...3 { fresh.add(try delivery(id, bytes: FreshDeliveries.maxBytes / 2)) }
        #expect(fresh.take(DeliveryID(1)) == nil)
        #expect(fresh.take(DeliveryID(2)) != nil)
        fresh.add(try delivery(4, bytes: FreshDeliveries.maxBytes / 2))
        #expect(fresh.take(DeliveryID(3)) != nil, "what was taken makes room")
    }

    @Test func whatIsLargerThanAllOfItPushesNothingOut() throws {
        var fresh = FreshDeliveries()
        fresh.add(try delivery(1))
        fresh.add(try delivery(2, bytes: FreshDeliveries.maxBytes + 1))
        #expect(fresh.take(DeliveryID(1)) != nil)
        #expect(fresh.take(DeliveryID(2)) == nil)
    }
}
