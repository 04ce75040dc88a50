/// How long a session has not answered, by the questions that it answered late.
///
/// That time is not a receiver's: whatever it sent meanwhile lies unread (row 20 of urlsession.md).
package struct StallClock: Sendable {
    package typealias Nanoseconds = UInt64

    /// An answer within this is no stall: a session with much to do answers late, too.
    private static let tolerance: Nanoseconds = 500_000_000

    /// All stalls so far; those that overlap count once.
    package private(set) var total: Nanoseconds = 0
    private var countedUntil: Nanoseconds = 0

    package init() {}

    /// - Parameters:
    ///   - due: when the session was to be asked, on a clock that never goes back.
    ///   - answered: when the answer came, not before `due`.
    package mutating func note(due: Nanoseconds, answered: Nanoseconds) {
        guard answered > due + Self.tolerance else { return }
        total += answered - min(max(due, countedUntil), answered)
        countedUntil = max(countedUntil, answered)
    }
}
