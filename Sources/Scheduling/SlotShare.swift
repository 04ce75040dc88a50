internal import Domain

/// How many attempts an origin may have in flight, by its state and by how many slots are taken over all origins.
///
///     taken of all         up to ¼   up to ½        up to ⅞        above
///     answering            own       own            fair           1          own: the slots for one origin
///     unknown              own       fair           1              none       fair: all slots divided by all lanes,
///     hanging              1         1              1              none             at least 1, at most own
///     failing              1         1              1              1
///
/// All hanging origins together take at most half of the slots. Beyond a quarter, they and the unknown ones start at a
/// ``Pace``. So they never take the last slots, however many they are. An origin that is alone has its own slots whatever
/// is taken.
struct SlotShare: Sendable {
    let total: Int
    let perOrigin: Int

    /// - Returns: at least 1. What is taken may change before the lane gets its turn; ``Schedule`` offers throttled lanes
    ///   their turn again.
    func slots(_ state: OriginState, taken: Int, lanes: Int) -> Int {
        let fair = min(perOrigin, max(1, total / lanes))
        switch state {
        case .failing, .hanging: return 1
        case .answering where lanes == 1, .unknown where lanes == 1: return perOrigin
        case .answering: return taken * 2 <= total ? perOrigin : taken * 8 <= total * 7 ? fair : 1
        case .unknown: return taken * 4 <= total ? perOrigin : taken * 2 <= total ? fair : 1
        }
    }

    /// Whether a lane of this state may take one more of the slots.
    func mayStart(_ state: OriginState, taken: Int, byHanging: Int) -> Bool {
        switch state {
        case .answering, .failing: taken < total
        case .unknown: left(taken: taken) > 0
        case .hanging: left(taken: taken) > 0 && byHanging < max(1, total / 2)
        }
    }

    /// Slots that attempts which may hang can still take.
    func left(taken: Int) -> Int { total - total / 8 - taken }

    /// Whether so many attempts which may hang are in flight that further ones start at a ``Pace``.
    func isCrowded(_ count: Int) -> Bool { count * 4 > total }
}
