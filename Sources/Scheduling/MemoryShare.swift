/// How many deliveries are held in memory, and how many more a lane may hold.
struct MemoryShare: Sendable {
    private let limits: Schedule.Limits
    /// Deliveries held in memory, over all lanes.
    private var held = 0
    /// Deliveries that the outbox is being asked for.
    private var requested = 0

    init(limits: Schedule.Limits) { self.limits = limits }

    mutating func add() { held += 1 }
    mutating func remove() { held -= 1 }
    mutating func request(_ count: Int) { requested += count }
    mutating func answer(_ count: Int) { requested -= count }

    /// How many more deliveries a lane may hold in memory.
    ///
    /// While there is room, deliveries behind the head of an ordered workflow do not count: a long workflow whose deliveries
    /// go one by one must not keep the others of its origin out. Nor may it take all the room of other origins.
    func room(in lane: Lane?) -> Int {
        guard held + requested < limits.maxInMemory else {
            return limits.maxInFlightPerOrigin * 2 - (lane?.inMemory ?? 0)
        }
        guard let lane else { return limits.maxInMemoryPerLane }
        return min(
            limits.maxInMemoryPerLane - (lane.inMemory - lane.behindHead),
            limits.maxInMemoryWithOrdered - lane.inMemory)
    }

    /// Whether the outbox should be asked for more of a lane's backlog: not for a few deliveries each time.
    func needsRefill(_ lane: Lane) -> Bool {
        !lane.backlog.isEmpty
            && (room(in: lane) * 2 >= limits.maxInMemoryPerLane || lane.inMemory <= limits.maxInFlightPerOrigin)
    }
}
