internal import Domain

/// Limits the rate at which attempts that may hang start while many of them are in flight.
///
/// Without a pace, such attempts take all slots at the same time and release them at the same time, a whole timeout
/// later. With it, some slots are always free and slots are released one after the other. A new origin therefore waits
/// only briefly, however many origins hang.
struct Pace: Sendable {
    /// The longest duration of an attempt; zero: no pace.
    let timeout: Duration
    private var lastStart: MonotonicTime?

    init(timeout: Duration) { self.timeout = timeout }

    mutating func started(at now: MonotonicTime) { lastStart = now }

    /// When the next attempt may start; nil: now.
    ///
    /// - Parameter left: slots that such attempts may still use. The fewer slots are left, the longer the interval.
    func due(left: Int, now: MonotonicTime) -> MonotonicTime? {
        guard let lastStart else { return nil }
        let due = lastStart + timeout / max(left, 1)
        return due > now ? due : nil
    }
}
