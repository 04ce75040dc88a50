/// The `correlation_id` that all artifacts of one workflow share: 1 to 256 bytes of UTF-8.
package struct CorrelationID: ExactText, Sendable, CustomStringConvertible {
    package let rawValue: String

    package init(_ rawValue: String) { self.rawValue = rawValue }

    package var description: String { rawValue }
}
