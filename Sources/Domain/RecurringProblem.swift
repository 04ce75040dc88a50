/// Decides what is logged about a problem that may come and go many times a second: at most ten of its beginnings in a
/// minute, and an end only if the beginning was logged.
///
/// A beginning that was omitted is logged later if the problem still exists then. So the log never says for more than a
/// minute that all is well while it is not.
package struct RecurringProblem: Sendable {
    private var limit = RateLimit(10, per: .seconds(60))
    private var exists = false
    private var isLogged = false
    private var omitted = 0

    package init() {}

    /// Call it each time the problem is noticed.
    ///
    /// - Returns: nil if nothing must be logged; else how many beginnings were omitted before.
    package mutating func noticed(at now: MonotonicTime) -> Int? {
        if !exists {
            exists = true
            omitted += 1
        }
        guard !isLogged, limit.admit(at: now) != nil else { return nil }
        isLogged = true
        defer { omitted = 0 }
        return omitted - 1
    }

    /// - Returns: whether to log that the problem has ended.
    package mutating func ended() -> Bool {
        defer { (exists, isLogged) = (false, false) }
        return isLogged
    }
}
