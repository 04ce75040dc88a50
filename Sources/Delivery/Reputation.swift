internal import Events

/// The health of origins that have nothing to be sent now, so that they need not prove themselves again each time.
struct Reputation: Sendable {
    /// Origins remembered; at one more all are forgotten, and soon known again.
    private static let limit = 10_000

    private var known: [Origin: LaneHealth] = [:]

    mutating func note(_ origin: Origin, _ health: LaneHealth) {
        if known.count >= Self.limit { known = [:] }
        known[origin] = health.isBlank ? nil : health
    }

    /// What was noted, or nothing yet; it is forgotten here.
    mutating func recall(_ origin: Origin) -> LaneHealth { known.removeValue(forKey: origin) ?? LaneHealth() }
}
