internal import DequeModule
package import Domain

/// Keeps artifacts that came before their registration, for a while and up to a number of bytes.
///
/// Generic over what is kept, so that it need not know where an artifact's decision is reported.
package struct UnmatchedGrace<Held: Sendable>: Sendable {
    private struct Entry: Sendable {
        let number: UInt64
        let correlationID: CorrelationID
        let held: Held
        let bytes: Int
        let until: MonotonicTime
    }

    private let grace: Duration
    private let maxBytes: Int
    /// In order of arrival, and so of their ends, for all wait equally long.
    private var queue: Deque<UInt64> = []
    private var entries: [UInt64: Entry] = [:]
    private var byWorkflow: [CorrelationID: [UInt64]] = [:]
    private var lastNumber: UInt64 = 0
    /// Bytes of all lines kept.
    package private(set) var bytes = 0

    /// - Parameter maxBytes: above it, the oldest are decided before their time.
    package init(grace: Duration, maxBytes: Int = 16 << 20) {
        self.grace = grace
        self.maxBytes = maxBytes
    }

    /// Keeps an artifact.
    package mutating func hold(_ held: Held, of correlationID: CorrelationID, bytes: Int, now: MonotonicTime) {
        lastNumber += 1
        entries[lastNumber] = Entry(
            number: lastNumber, correlationID: correlationID, held: held, bytes: bytes, until: now + grace)
        byWorkflow[correlationID, default: []].append(lastNumber)
        queue.append(lastNumber)
        self.bytes += bytes
    }

    /// What is kept of a workflow, in order of arrival, without giving it up.
    package func held(of correlationID: CorrelationID) -> [Held] {
        byWorkflow[correlationID, default: []].compactMap { entries[$0]?.held }
    }

    /// Gives up what is kept of a workflow: its registration has come.
    package mutating func release(_ correlationID: CorrelationID) {
        for number in byWorkflow.removeValue(forKey: correlationID) ?? [] {
            bytes -= entries.removeValue(forKey: number)?.bytes ?? 0
        }
    }

    /// Gives up what has waited long enough, and the oldest of what is too much.
    package mutating func expire(now: MonotonicTime) -> [Held] {
        var expired: [Held] = []
        while let first = oldest(), first.until <= now || bytes > maxBytes {
            queue.removeFirst()
            entries[first.number] = nil
            byWorkflow[first.correlationID]?.removeFirst()
            if byWorkflow[first.correlationID]?.isEmpty == true { byWorkflow[first.correlationID] = nil }
            bytes -= first.bytes
            expired.append(first.held)
        }
        return expired
    }

    /// When the next artifact has waited long enough.
    package mutating func nextExpiry() -> MonotonicTime? { oldest()?.until }

    private mutating func oldest() -> Entry? {
        while let first = queue.first {
            if let entry = entries[first] { return entry }
            queue.removeFirst()
        }
        return nil
    }
}
