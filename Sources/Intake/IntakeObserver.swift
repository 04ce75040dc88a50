package import Domain

/// Is told what intake decided, once it is committed.
package protocol IntakeObserver: Sendable {
    func counted(_ counts: IntakeCounts)
    /// A line was rejected, and its writer has been told.
    func rejected(_ rejection: Rejection, line: Int, connection: Int)
    /// A delivery was accepted as failed, without an attempt.
    func failedAtOnce(_ delivery: Delivery, _ reason: ErrorClass)
}
