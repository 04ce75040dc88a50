/// Tracks which lines of a connection are decided, and so how far a cumulative acknowledgement may go.
///
/// Lines are decided out of order, because some wait for a late registration. An acknowledgement covers only lines
/// before the first undecided one.
package struct AcknowledgementLedger: Sendable {
    /// The number of the last acknowledged line; all lines up to it are decided.
    package private(set) var acknowledged = 0
    private var decidedAhead: Set<Int> = []

    package init() {}

    /// Marks a line as decided.
    package mutating func decide(_ line: Int) { decidedAhead.insert(line) }

    /// The new acknowledgement to send, if it goes further than the last one.
    package mutating func advance() -> Int? {
        let before = acknowledged
        while decidedAhead.remove(acknowledged + 1) != nil { acknowledged += 1 }
        return acknowledged > before ? acknowledged : nil
    }
}
