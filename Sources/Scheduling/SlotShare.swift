internal import Domain

/// How many attempts an origin may have in flight, by its state and by how many slots are in use over all origins.
///
///     slots in use         up to ¼   up to ½        up to ⅞        above
///     answering            own       own            fair           1          own: the limit for one origin
///     unknown              own       fair           1              none       fair: all slots divided by all lanes,
///     hanging              1         1              1              none             at least 1, at most own
///     failing              1         1              1              1
///
/// All hanging origins together use at most half of the slots. Beyond a quarter, attempts to hanging and unknown
/// origins start at a ``Pace``. They therefore never use the last slots, however many origins there are. The only lane
/// always has its own slots, unless its origin is failing or hanging.
struct SlotShare: Sendable {
    let total: Int
    let perOrigin: Int

    /// - Returns: at least 1. The number in use may change before the lane gets its turn, so ``Schedule`` offers
    ///   throttled lanes a turn again.
    func slots(_ state: OriginState, taken: Int, lanes: Int) -> Int {
        let fair = min(perOrigin, max(1, total / lanes))
        switch state {
        case .failing, .hanging: return 1
        case .answering where lanes == 1, .unknown where lanes == 1: return perOrigin
        case .answering: return taken * 2 <= total ? perOrigin : taken * 8 <= total * 7 ? fair : 1
        case .unknown: return taken * 4 <= total ? perOrigin : taken * 2 <= total ? fair : 1
        }
    }

    /// Whether a lane of this state may use one more slot.
    func mayStart(_ state: OriginState, taken: Int, byHanging: Int) -> Bool {
        switch state {
        case .answering, .failing: taken < total
        case .unknown: left(taken: taken) > 0
        case .hanging: left(taken: taken) > 0 && byHanging < max(1, total / 2)
        }
    }

    /// Slots that attempts to hanging and unknown origins may still use.
    func left(taken: Int) -> Int { total - total / 8 - taken }

    /// Whether `count` attempts to hanging and unknown origins are so many that further ones start at a ``Pace``.
    func isCrowded(_ count: Int) -> Bool { count * 4 > total }
}
