/// How many attempts an origin may have in flight, by its standing and by how many slots are taken over all origins.
///
///     taken of all         up to ¼   up to ½        up to ⅞        above
///     answering            own       own            fair           1          own: the slots for one origin
///     unproven             own       fair           1              none       fair: all slots divided by all lanes,
///     hanging              1         1              1              none             at least 1, at most own
///     failing              1         1              1              as it stands
///
/// All hanging origins together take at most half of the slots, and beyond a quarter they and the unproven ones start at a
/// ``Pace``. So origins that nobody heard of, or that hang, never
/// take the last slots, however many they are; and an origin that is alone has its own slots whatever is taken.
struct SlotShare: Sendable {
    let total: Int
    let perOrigin: Int

    /// - Returns: at least 1. What is taken may change before the lane gets its turn; ``Schedule`` has lanes that were held
    ///   back look again.
    func slots(_ health: LaneHealth, taken: Int, lanes: Int) -> Int {
        if health.isFailing || health.standing == .hanging { return 1 }
        if lanes == 1 { return perOrigin }
        let fair = min(perOrigin, max(1, total / lanes))
        if health.standing == .answering {
            return taken * 2 <= total ? perOrigin : taken * 8 <= total * 7 ? fair : 1
        }
        return taken * 4 <= total ? perOrigin : taken * 2 <= total ? fair : 1
    }

    /// Whether a lane of this standing may take one more of the slots.
    func mayStart(_ standing: LaneHealth.Standing, taken: Int, byHanging: Int) -> Bool {
        switch standing {
        case .answering: taken < total
        case .unproven: left(taken: taken) > 0
        case .hanging: left(taken: taken) > 0 && byHanging < max(1, total / 2)
        }
    }

    /// Slots that attempts which may hang can still take.
    func left(taken: Int) -> Int { total - total / 8 - taken }

    /// Whether so many attempts which may hang are under way that further ones start at a ``Pace``.
    func isCrowded(_ count: Int) -> Bool { count * 4 > total }
}
