/// Admits at most a number of events in each interval, and counts the others. For log records that outsiders can cause.
package struct RateLimit: Sendable {
    private let count: Int
    private let interval: Duration
    private var begin: MonotonicTime?
    private var admitted = 0
    private var omitted = 0

    /// - Parameters:
    ///   - count: above 0.
    ///   - interval: begins with the first event that is admitted.
    package init(_ count: Int, per interval: Duration) {
        self.count = count
        self.interval = interval
    }

    /// - Returns: nil if the event is not admitted; else how many were not since the last one that was.
    package mutating func admit(at now: MonotonicTime) -> Int? {
        if begin.map({ now - $0 >= interval }) ?? true { (begin, admitted) = (now, 0) }
        guard admitted < count else {
            omitted += 1
            return nil
        }
        admitted += 1
        defer { omitted = 0 }
        return omitted
    }
}
