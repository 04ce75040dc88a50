package import Domain

/// The outbox as dispatching uses it: returns pending deliveries and records attempts.
package protocol DeliveryStore: Sendable {
    /// The pending deliveries among these, in the order of `ids`.
    func load(_ ids: [DeliveryID]) async throws -> [Delivery]

    /// Records finished attempts. Recording an attempt again changes nothing. When a delivery becomes final, its body
    /// is deleted, or kept if the delivery failed and the store keeps such bodies.
    func record(_ records: [AttemptRecord]) async throws

    /// For each delivery of an ordered workflow: the last pending delivery before it that belongs to an earlier
    /// registration. Deliveries of the same registration are ordered by id, see ``pending(to:after:limit:)``.
    func predecessors(of ids: [DeliveryID]) async throws -> [DeliveryID: DeliveryID]

    /// The origins that have pending deliveries.
    func pendingOrigins() async throws -> [Origin]

    /// The outcome of the latest delivery to each origin, among the last `count` deliveries that ended after an
    /// attempt.
    func latestOutcomes(ofLast count: Int) async throws -> [OriginOutcome]

    /// Pending deliveries to an origin with ids above `id`, ordered by id.
    func pending(to origin: Origin, after id: DeliveryID, limit: Int) async throws -> [PendingTicket]
}
