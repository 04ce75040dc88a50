/// The position of an artifact in its workflow: 1, 2, 3 … without gaps or reuse.
package struct SequenceNumber: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let rawValue: Int64

    package init(_ rawValue: Int64) { self.rawValue = rawValue }

    package var next: SequenceNumber { SequenceNumber(rawValue + 1) }

    package static func < (left: SequenceNumber, right: SequenceNumber) -> Bool { left.rawValue < right.rawValue }

    package var description: String { String(rawValue) }
}
