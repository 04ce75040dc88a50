/// How many deliveries of a range of sequence numbers are in each state, including those no longer in the history.
package struct DeliveryRange: Hashable, Sendable {
    package let sequences: ClosedRange<Int64>
    package var failed = 0
    package var pending = 0

    /// The others: every number belongs to a delivery, and the outbox keeps which of them failed.
    package var delivered: Int { max(sequences.count - failed - pending, 0) }

    /// Divides the sequence numbers 1 to `last` into at most `count` ranges, whose lengths differ by one at most.
    package static func dividing(_ last: Int64, into count: Int) -> [DeliveryRange] {
        let count = min(Int64(count), last)
        guard count > 0 else { return [] }
        return (0..<count).map { index in
            DeliveryRange(sequences: (last * index / count + 1)...(last * (index + 1) / count))
        }
    }

    /// The index of the range that contains a sequence number, among those that divide 1 to `last`.
    package static func index(of sequence: Int64, last: Int64, count: Int) -> Int {
        // The inverse of the division above, which rounds down.
        Int((sequence * Int64(count) - 1) / last)
    }
}
