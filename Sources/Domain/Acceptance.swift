/// What one commit adds to the outbox, atomically.
package struct Acceptance: Sendable {
    package var registrations: [Registration]
    package var deliveries: [Delivery]
    /// The new state of every workflow that changed.
    package var workflows: [Workflow]
    /// The deliveries that are accepted as failed. They are numbered and recorded, but never sent; no body is stored.
    package var failedOnAcceptance: [DeliveryID: ErrorClass]
    /// The failed deliveries that become pending again, with their kept bodies.
    package var redelivered: [Ticket]
    /// Set if kept bodies must make room: those of the deliveries that failed first are dropped until all bodies, pending
    /// and kept, have at most this many bytes.
    package var maxBytes: Int?

    package init(
        registrations: [Registration] = [], deliveries: [Delivery] = [], workflows: [Workflow] = [],
        failedOnAcceptance: [DeliveryID: ErrorClass] = [:], redelivered: [Ticket] = [], maxBytes: Int? = nil
    ) {
        self.registrations = registrations
        self.deliveries = deliveries
        self.workflows = workflows
        self.failedOnAcceptance = failedOnAcceptance
        self.redelivered = redelivered
        self.maxBytes = maxBytes
    }

    package var isEmpty: Bool {
        registrations.isEmpty && deliveries.isEmpty && workflows.isEmpty && redelivered.isEmpty
    }

    /// The new deliveries that are to be sent.
    package var pending: [Delivery] { deliveries.filter { failedOnAcceptance[$0.id] == nil } }

    /// Bytes of the new bodies that are to be sent. Those of redelivered deliveries are in the outbox already.
    package var pendingBytes: Int { pending.reduce(0) { $0 + $1.body.count } }
}
