/// Whether a body may go, by the standing of its origin and by what is in flight.
///
/// As with slots (``SlotShare``), origins that hang hold at most half, and with those that nobody heard of seven eighths:
/// the bodies of such origins stay in flight for as long as an attempt may take, and leave room for the others.
struct ByteShare: Sendable {
    enum Judgement {
        case fits
        /// Lanes of the same standing wait with it.
        case waits
        /// Nothing may overtake it, or it might wait for ever.
        case waitsAndHoldsAll
    }

    /// Bytes of bodies in flight.
    let total: Int

    func judge(_ body: Int, _ standing: LaneHealth.Standing, _ inFlight: InFlight) -> Judgement {
        // A single larger one goes alone.
        if inFlight.isEmpty { return .fits }
        let fits = inFlight.bytes + body <= total
        switch standing {
        case .answering: return fits ? .fits : .waitsAndHoldsAll
        case .unproven:
            if body > unansweredShare { return fits ? .fits : .waitsAndHoldsAll }
            return fits && leavesRoom(body, inFlight) ? .fits : .waits
        case .hanging:
            let hanging = inFlight.bytes(of: .hanging)
            let isWithinHalf = hanging == 0 || hanging + body <= total / 2
            return fits && isWithinHalf && leavesRoom(body, inFlight) ? .fits : .waits
        }
    }

    private var unansweredShare: Int { total - total / 8 }

    private func leavesRoom(_ body: Int, _ inFlight: InFlight) -> Bool {
        let unanswered = inFlight.bytes(of: .unproven) + inFlight.bytes(of: .hanging)
        return unanswered == 0 || unanswered + body <= unansweredShare
    }
}
