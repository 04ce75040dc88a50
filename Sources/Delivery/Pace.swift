internal import Events

/// The pace at which attempts that may hang start while many of them are under way.
///
/// Without it they would take all slots at one moment and give them back at one moment, a whole timeout later; with it
/// some are left at any time, and slots come free one after the other. Whoever is new, or was forgotten at a start, then
/// waits for a moment, however many origins hang.
struct Pace: Sendable {
    /// The longest that an attempt takes; zero for no pace.
    let timeout: Duration
    private var last: MonotonicTime?

    init(timeout: Duration) { self.timeout = timeout }

    mutating func note(start now: MonotonicTime) { last = now }

    /// When the next one may start; nil: now.
    ///
    /// - Parameter left: slots that such attempts may still take. The fewer there are, the slower they go.
    func due(left: Int, now: MonotonicTime) -> MonotonicTime? {
        guard let last else { return nil }
        let due = last + timeout / max(left, 1)
        return due > now ? due : nil
    }
}
