/// What one commit adds to the outbox: all of it or nothing.
package struct Acceptance: Sendable {
    package var registrations: [Registration]
    package var deliveries: [Delivery]
    /// The new state of every workflow that changed.
    package var workflows: [Workflow]
    /// Those of the deliveries that are accepted as failed: numbered and remembered, never sent, their bodies not kept.
    package var failedAtOnce: [DeliveryID: ErrorClass]

    package init(
        registrations: [Registration] = [], deliveries: [Delivery] = [], workflows: [Workflow] = [],
        failedAtOnce: [DeliveryID: ErrorClass] = [:]
    ) {
        self.registrations = registrations
        self.deliveries = deliveries
        self.workflows = workflows
        self.failedAtOnce = failedAtOnce
    }

    package var isEmpty: Bool { registrations.isEmpty && deliveries.isEmpty && workflows.isEmpty }

    /// The deliveries that are to be sent.
    package var pending: [Delivery] { deliveries.filter { failedAtOnce[$0.id] == nil } }

    /// Bytes of the bodies that are to be sent.
    package var pendingBytes: Int {
        deliveries.reduce(0) { $0 + (failedAtOnce[$1.id] == nil ? $1.body.count : 0) }
    }
}
