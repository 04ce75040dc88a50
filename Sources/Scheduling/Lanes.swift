internal import Domain

/// The lanes: one for each origin that has deliveries.
struct Lanes: Sendable {
    private var lanes: [Origin: Lane] = [:]
    private var memory = OriginMemory()

    var count: Int { lanes.count }
    var all: [Origin: Lane] { lanes }

    /// nil if the origin has no deliveries.
    subscript(origin: Origin) -> Lane? { lanes[origin] }

    /// Changes the lane of an origin that has deliveries.
    mutating func update<Result>(_ origin: Origin, _ change: (inout Lane) -> Result) -> Result {
        guard let index = lanes.index(forKey: origin) else { preconditionFailure("no lane for \(origin)") }
        return change(&lanes.values[index])
    }

    mutating func open(_ origin: Origin) {
        if lanes[origin] == nil { lanes[origin] = Lane(health: memory.take(origin)) }
    }

    /// Removes a lane that has no deliveries, but remembers its health.
    mutating func close(_ origin: Origin) {
        guard let lane = lanes.removeValue(forKey: origin) else { preconditionFailure("no lane for \(origin)") }
        memory.remember(origin, lane.health)
    }

    /// Remembers the health of an origin that has no lane.
    mutating func remember(_ origin: Origin, _ health: OriginHealth) { memory.remember(origin, health) }
}
