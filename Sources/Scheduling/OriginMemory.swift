internal import Domain

/// Remembers the health of origins without a lane for the time when they get a lane again.
struct OriginMemory: Sendable {
    /// The most origins remembered. Beyond it, all are forgotten, because new attempts soon show their health again.
    private static let limit = 10_000

    private var known: [Origin: OriginHealth] = [:]

    mutating func remember(_ origin: Origin, _ health: OriginHealth) {
        if known.count >= Self.limit { known = [:] }
        known[origin] = health.isBlank ? nil : health
    }

    /// Removes and returns the health of an origin.
    mutating func take(_ origin: Origin) -> OriginHealth { known.removeValue(forKey: origin) ?? OriginHealth() }
}
