/// What makes a contender send requests.
protocol Load: AnyObject {
    /// Loads the contender as much as it takes, until a moment of the monotonic clock.
    func run(until moment: Int64) throws
    /// Ends the load.
    ///
    /// - Returns: how many requests must have arrived in the end; nil if that is not known.
    func finish() throws -> Int?
}

/// The load of contenders that make their own requests: none.
final class OwnLoad: Load {
    func run(until moment: Int64) { Clock.sleep(until: moment) }
    func finish() -> Int? { nil }
}
