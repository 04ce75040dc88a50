package import Domain

/// Receives intake's decisions once they are committed.
package protocol IntakeObserver: Sendable {
    func counted(_ counts: IntakeCounts)
    /// A line was rejected, and the rejection was passed to its writer.
    func rejected(_ rejection: Rejection, line: Int, connection: Int)
    /// A delivery was accepted as failed, without an attempt.
    func failedOnAcceptance(_ delivery: Delivery, _ reason: ErrorClass)
}
