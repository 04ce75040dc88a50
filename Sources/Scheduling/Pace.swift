internal import Domain

/// The pace at which attempts that may hang start while many of them are in flight.
///
/// Without it they would take all slots at once and give them back at once, a whole timeout later. With it some slots are
/// left at any time, and slots come free one after the other. So a new origin waits for a moment only, however many hang.
struct Pace: Sendable {
    /// The longest that an attempt takes; zero for no pace.
    let timeout: Duration
    private var lastStart: MonotonicTime?

    init(timeout: Duration) { self.timeout = timeout }

    mutating func started(at now: MonotonicTime) { lastStart = now }

    /// When the next attempt may start; nil: now.
    ///
    /// - Parameter left: slots that such attempts may still take. The fewer there are, the slower they start.
    func due(left: Int, now: MonotonicTime) -> MonotonicTime? {
        guard let lastStart else { return nil }
        let due = lastStart + timeout / max(left, 1)
        return due > now ? due : nil
    }
}
