internal import Domain

/// The lanes: one for each origin that has deliveries.
struct Lanes: Sendable {
    private var lanes: [Origin: Lane] = [:]
    private var memory = OriginMemory()
    /// Lanes in a pause that their receivers asked for.
    private var pausedCount = 0

    var count: Int { lanes.count }
    /// Lanes that share the slots, at least 1. Those in a pause that their receivers asked for need none.
    var sharingCount: Int { max(lanes.count - pausedCount, 1) }
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

    /// Starts a pause that the receiver asked for, or extends it.
    mutating func pause(_ origin: Origin, until end: MonotonicTime) {
        if lanes[origin]?.requestedPause == nil { pausedCount += 1 }
        update(origin) { $0.pause(until: end) }
    }

    /// Ends the pauses of an origin that are over.
    mutating func endPauses(_ origin: Origin, _ now: MonotonicTime) {
        let wasPaused = lanes[origin]?.requestedPause != nil
        update(origin) { $0.endPauses(now) }
        if wasPaused, lanes[origin]?.requestedPause == nil { pausedCount -= 1 }
    }

    /// Removes a lane that has no deliveries, but remembers its health.
    mutating func close(_ origin: Origin) {
        guard let lane = lanes.removeValue(forKey: origin) else { preconditionFailure("no lane for \(origin)") }
        memory.remember(origin, lane.health)
    }

    /// Remembers the health of an origin that has no lane.
    mutating func remember(_ origin: Origin, _ health: OriginHealth) { memory.remember(origin, health) }
}
