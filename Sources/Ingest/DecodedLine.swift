package import Domain

/// A decoded line of a connection.
package struct DecodedLine: Sendable {
    /// From 1, as the writer counts.
    package let number: Int
    package let event: Event
    /// Bytes of the line, without its LF.
    package let length: Int

    package init(number: Int, event: Event, length: Int) {
        self.number = number
        self.event = event
        self.length = length
    }
}
