internal import Domain

/// Whether a body may be sent, by the group of its origin and by the bodies in flight.
///
/// As with slots (``SlotShare``), hanging origins hold at most half, and together with unknown ones at most seven eighths:
/// their bodies stay in flight for as long as an attempt may take. A single body that is larger than what is left is sent
/// alone; that needs a `max-line` above its default.
struct ByteShare: Sendable {
    enum Judgement {
        case fits
        /// Origins of this group wait, as long as an attempt may take.
        case groupWaits
        /// All origins wait until the body fits, which is soon; a body that others overtake might wait for ever.
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
