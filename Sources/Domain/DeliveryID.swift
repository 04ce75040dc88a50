/// Identifies a delivery in the outbox. Ids increase in order of acceptance, across workflows and restarts.
package struct DeliveryID: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let rawValue: Int64

    package init(_ rawValue: Int64) { self.rawValue = rawValue }

    package var next: DeliveryID { DeliveryID(rawValue + 1) }

    package static func < (left: DeliveryID, right: DeliveryID) -> Bool { left.rawValue < right.rawValue }

    package var description: String { String(rawValue) }
}
