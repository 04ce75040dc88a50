/// Why the transport cannot start.
package struct TransportError: Error, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}
