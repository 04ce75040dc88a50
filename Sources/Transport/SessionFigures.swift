/// The figures of a session for status.
package struct SessionFigures: Sendable {
    package let inFlight: Int
    /// Open connections, including idle ones.
    package let connections: Int
}
