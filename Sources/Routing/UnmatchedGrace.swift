internal import DequeModule
package import Domain

/// Keeps artifacts that arrive before their registration, for a limited time and up to a number of bytes.
///
/// Generic over what is kept, so that it does not depend on how decisions are reported.
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
    /// In order of arrival, which is also the order of expiry, because all artifacts wait equally long.
    private var queue: Deque<UInt64> = []
    private var entries: [UInt64: Entry] = [:]
    private var byWorkflow: [CorrelationID: Deque<UInt64>] = [:]
    private var lastNumber: UInt64 = 0
    /// Bytes of all lines kept.
    package private(set) var bytes = 0

    /// - Parameter maxBytes: above it, the oldest artifacts expire early.
    package init(grace: Duration, maxBytes: Int = 16 << 20) {
        self.grace = grace
        self.maxBytes = maxBytes
    }

    package mutating func hold(_ held: Held, of correlationID: CorrelationID, bytes: Int, now: MonotonicTime) {
        lastNumber += 1
        entries[lastNumber] = Entry(
            number: lastNumber, correlationID: correlationID, held: held, bytes: bytes, until: now + grace)
        byWorkflow[correlationID, default: []].append(lastNumber)
        queue.append(lastNumber)
        self.bytes += bytes
    }

    /// The artifacts kept for a workflow, in order of arrival.
    package func held(of correlationID: CorrelationID) -> [Held] {
        byWorkflow[correlationID, default: []].compactMap { entries[$0]?.held }
    }

    /// Removes the artifacts of a workflow, once it is registered.
    package mutating func release(_ correlationID: CorrelationID) {
        for number in byWorkflow.removeValue(forKey: correlationID) ?? [] {
            bytes -= entries.removeValue(forKey: number)?.bytes ?? 0
        }
    }

    /// Removes the artifacts whose grace is over, and the oldest ones while there are too many bytes.
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

    /// When the grace of the oldest artifact is over.
    package mutating func nextExpiry() -> MonotonicTime? { oldest()?.until }

    private mutating func oldest() -> Entry? {
        while let first = queue.first {
            if let entry = entries[first] { return entry }
            queue.removeFirst()
        }
        return nil
    }
}
