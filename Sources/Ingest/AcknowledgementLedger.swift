/// Which lines of a connection are decided: tells how far a cumulative acknowledgement may go.
///
/// Lines are decided in any order, for some wait for a late registration; an acknowledgement never passes an open one.
package struct AcknowledgementLedger: Sendable {
    /// The number of lines, from the first, of which all are decided and acknowledged.
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
