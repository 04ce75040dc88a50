internal import Domain

/// Decides whether a body may be sent, depending on the group of its origin and on the bodies in flight.
///
/// As with slots (``SlotShare``), hanging origins use at most half of the bytes, and hanging and unknown origins
/// together at most seven eighths, because their bodies may stay in flight until the attempt times out. A body larger
/// than a limit is sent alone. Such a body exists only if `max-line` is above its default.
struct ByteShare: Sendable {
    enum Judgement {
        case fits
        /// Origins of this group wait, at most until the attempts in flight time out.
        case groupWaits
        /// All origins wait until the body fits, which is soon. If others were sent first, the body might never fit.
        case allWait
    }

    /// Bytes of bodies in flight.
    let total: Int

    func judge(_ body: Int, _ group: OriginState, _ inFlight: InFlight) -> Judgement {
        if inFlight.isEmpty { return .fits }
        guard hasShare(body, group, inFlight) else { return .groupWaits }
        return inFlight.bytes + body <= total ? .fits : .allWait
    }

    private func hasShare(_ body: Int, _ group: OriginState, _ inFlight: InFlight) -> Bool {
        let hanging = inFlight.bytes(of: .hanging)
        let unanswered = inFlight.bytes(of: .unknown) + hanging
        let fitsUnanswered = unanswered == 0 || unanswered + body <= total - total / 8
        switch group {
        case .answering, .failing: return true
        case .unknown: return fitsUnanswered
        case .hanging: return fitsUnanswered && (hanging == 0 || hanging + body <= total / 2)
        }
    }
}
