internal import Domain

/// The health of origins that have no lane now, so that it is known when they get one again.
struct OriginMemory: Sendable {
    /// Origins remembered. With one more, all are forgotten; they are soon known again.
    private static let limit = 10_000

    private var known: [Origin: OriginHealth] = [:]

    mutating func remember(_ origin: Origin, _ health: OriginHealth) {
        if known.count >= Self.limit { known = [:] }
        known[origin] = health.isBlank ? nil : health
    }

    /// Returns what was remembered, and forgets it.
    mutating func take(_ origin: Origin) -> OriginHealth { known.removeValue(forKey: origin) ?? OriginHealth() }
}
