/// Identifies a registration in the outbox. A workflow that is registered again gets a new id.
package struct RegistrationID: Hashable, Sendable {
    package let rawValue: Int64

    package init(_ rawValue: Int64) { self.rawValue = rawValue }

    package var next: RegistrationID { RegistrationID(rawValue + 1) }
}
