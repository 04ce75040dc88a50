/// Counts the deliveries in memory and calculates how many more a lane may hold.
struct MemoryShare: Sendable {
    private let limits: Schedule.Limits
    /// Deliveries held in memory, over all lanes.
    private var held = 0
    /// Deliveries requested from the outbox by running queries.
    private var requested = 0

    init(limits: Schedule.Limits) { self.limits = limits }

    mutating func add() { held += 1 }
    mutating func remove() { held -= 1 }
    mutating func request(_ count: Int) { requested += count }
    mutating func answer(_ count: Int) { requested -= count }

    /// How many more deliveries a lane may hold in memory.
    ///
    /// Below the in-memory limit, deliveries that wait for a predecessor in an ordered workflow have a larger limit of
    /// their own. A long ordered workflow must not keep other deliveries of its origin out of memory, nor use up the
    /// memory of other origins.
    func room(in lane: Lane?) -> Int {
        guard held + requested < limits.maxInMemory else {
            return limits.maxInFlightPerOrigin * 2 - (lane?.inMemory ?? 0)
        }
        guard let lane else { return limits.maxInMemoryPerLane }
        return min(
            limits.maxInMemoryPerLane - (lane.inMemory - lane.behindHead),
            limits.maxInMemoryWithOrdered - lane.inMemory)
    }

    /// Whether to query the outbox for more of a lane's backlog. Avoids queries for only a few deliveries.
    func needsRefill(_ lane: Lane) -> Bool {
        !lane.backlog.isEmpty
            && (room(in: lane) * 2 >= limits.maxInMemoryPerLane || lane.inMemory <= limits.maxInFlightPerOrigin)
    }
}
