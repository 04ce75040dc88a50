/// The `correlation_id` that all artifacts of one workflow share: 1 to 256 bytes of UTF-8.
package struct CorrelationID: Hashable, Sendable, CustomStringConvertible {
    package let rawValue: String

    package init(_ rawValue: String) { self.rawValue = rawValue }

    package var description: String { rawValue }
}

/// The `artifact_id` that Flock gave an artifact: 1 to 256 bytes of UTF-8, unique within its workflow.
package struct ArtifactID: Hashable, Sendable, CustomStringConvertible {
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
