/// Text that is equal only byte for byte.
///
/// Swift's `String` takes canonically equivalent texts for equal: two ids that differ in their bytes would be one, and
/// one tenant's artifact would go to another's URL.
package protocol ExactText: Hashable {
    var rawValue: String { get }
}

extension ExactText {
    package static func == (left: Self, right: Self) -> Bool {
        left.rawValue.utf8.elementsEqual(right.rawValue.utf8)
    }

    package func hash(into hasher: inout Hasher) {
        for byte in rawValue.utf8 { hasher.combine(byte) }
    }
}

/// The `correlation_id` that all artifacts of one workflow share: 1 to 256 bytes of UTF-8.
package struct CorrelationID: ExactText, Sendable, CustomStringConvertible {
    package let rawValue: String

    package init(_ rawValue: String) { self.rawValue = rawValue }

    package var description: String { rawValue }
}

/// The `artifact_id` that Flock gave an artifact: 1 to 256 bytes of UTF-8, unique within its workflow.
package struct ArtifactID: ExactText, Sendable, CustomStringConvertible {
    package let rawValue: String

    package init(_ rawValue: String) { self.rawValue = rawValue }

    package var description: String { rawValue }
}

/// The place of an artifact in its workflow: 1, 2, 3 … without gap or reuse.
package struct Sequence: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let rawValue: Int64

    package init(_ rawValue: Int64) { self.rawValue = rawValue }

    package var next: Sequence { Sequence(rawValue + 1) }

    package static func < (left: Sequence, right: Sequence) -> Bool { left.rawValue < right.rawValue }

    package var description: String { String(rawValue) }
}

/// One delivery in the outbox. Grows with each acceptance, over all workflows and restarts.
package struct DeliveryID: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let rawValue: Int64

    package init(_ rawValue: Int64) { self.rawValue = rawValue }

    package static func < (left: DeliveryID, right: DeliveryID) -> Bool { left.rawValue < right.rawValue }

    package var description: String { String(rawValue) }
}
