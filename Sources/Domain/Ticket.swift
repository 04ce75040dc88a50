/// A pending delivery as the scheduler holds it: no body, no secret, a few dozen bytes.
package struct Ticket: Hashable, Sendable {
    package let id: DeliveryID
    package let origin: Origin
    /// Set for a workflow whose deliveries are sent one at a time.
    package let orderedWorkflow: CorrelationID?
    /// Size of the body in bytes.
    package let bodyBytes: Int
    /// Attempts already counted.
    package var attempts: Int
    /// Those of them that were made before the delivery was last redelivered. They do not use up its retries.
    package var attemptsBefore: Int

    package init(
        id: DeliveryID, origin: Origin, orderedWorkflow: CorrelationID?, bodyBytes: Int, attempts: Int,
        attemptsBefore: Int = 0
    ) {
        self.id = id
        self.origin = origin
        self.orderedWorkflow = orderedWorkflow
        self.bodyBytes = bodyBytes
        self.attempts = attempts
        self.attemptsBefore = attemptsBefore
    }
}
