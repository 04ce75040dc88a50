/// Tracks which lines of a connection are decided, and so how far a cumulative acknowledgement may go.
///
/// Lines are decided out of order, because some wait for a late registration. An acknowledgement covers only lines
/// before the first undecided one.
package struct AcknowledgementLedger: Sendable {
    /// The number of the last acknowledged line; all lines up to it are decided.
    package private(set) var acknowledged = 0
    /// All lines up to it are decided.
    private var decided = 0
    /// Decided lines after the first undecided one.
    private var decidedAhead: Set<Int> = []

    package init() {}

    /// Marks a line as decided.
    package mutating func decide(_ line: Int) {
        guard line == decided + 1 else {
            decidedAhead.insert(line)
            return
        }
        decided = line
        while !decidedAhead.isEmpty, decidedAhead.remove(decided + 1) != nil { decided += 1 }
    }

    /// The new acknowledgement to send, if it goes further than the last one.
    package mutating func advance() -> Int? {
        defer { acknowledged = decided }
        return decided > acknowledged ? decided : nil
    }
}
