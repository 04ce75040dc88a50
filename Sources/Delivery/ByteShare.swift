/// Whether a body may go, by the standing of its origin and by what is in flight.
///
/// As with slots (``SlotShare``), origins that hang hold at most half, and with those that nobody heard of seven eighths:
/// the bodies of such origins stay in flight for as long as an attempt may take, and leave room for the others. Only a
/// single body that is larger than what is left may take it; that needs a `max-line` above its default.
struct ByteShare: Sendable {
    enum Judgement {
        case fits
        /// For those of its standing, which may take as long as an attempt: only these wait with it.
        case waits
        /// For those that answer, which is soon. Nothing may overtake it, or it might wait for ever.
        case waitsAndHoldsAll
    }

    /// Bytes of bodies in flight.
    let total: Int

    func judge(_ body: Int, _ standing: LaneHealth.Standing, _ inFlight: InFlight) -> Judgement {
        // A single larger one goes alone.
        if inFlight.isEmpty { return .fits }
        guard hasShare(body, standing, inFlight) else { return .waits }
        return inFlight.bytes + body <= total ? .fits : .waitsAndHoldsAll
    }

    /// A body that is larger than the share goes alone in it.
    private func hasShare(_ body: Int, _ standing: LaneHealth.Standing, _ inFlight: InFlight) -> Bool {
        if standing == .answering { return true }
        let hanging = inFlight.bytes(of: .hanging)
        let unanswered = inFlight.bytes(of: .unproven) + hanging
        guard unanswered == 0 || unanswered + body <= total - total / 8 else { return false }
        return standing == .unproven || hanging == 0 || hanging + body <= total / 2
    }
}
