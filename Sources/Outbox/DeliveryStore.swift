package import Domain

/// The outbox as dispatching uses it: gives out what is pending, and takes down how attempts ended.
package protocol DeliveryStore: Sendable {
    /// The pending deliveries among these, in the order asked for.
    func load(_ ids: [DeliveryID]) async throws -> [Delivery]

    /// Records finished attempts; one that was recorded before changes nothing. A delivery that becomes final gives up
    /// its body.
    func record(_ records: [AttemptRecord]) async throws

    /// For deliveries of ordered workflows: the last pending delivery before each that belongs to an earlier
    /// registration. Those of the same registration are in the order of their ids, see ``pending(to:after:limit:)``.
    func predecessors(of ids: [DeliveryID]) async throws -> [DeliveryID: DeliveryID]

    /// The origins that have pending deliveries.
    func pendingOrigins() async throws -> [Origin]

    /// How the latest delivery to each origin ended, among the last `count` deliveries that ended after an attempt.
    func latestOutcomes(ofLast count: Int) async throws -> [OriginOutcome]

    /// Pending deliveries to an origin after an id, in the order of their ids.
    func pending(to origin: Origin, after id: DeliveryID, limit: Int) async throws -> [PendingTicket]
}
