/// The outbox holds as much as it may: `outbox-max`.
package struct OutboxFull: Error, Equatable, CustomStringConvertible {
    /// Bytes of pending bodies in the outbox.
    let held: Int
    /// Bytes that there was no room for.
    let needed: Int

    package var description: String { "the outbox holds \(held) bytes, as many as outbox-max allows" }

    /// An empty outbox takes any batch, so that no line waits for ever.
    static func check(held: Int, needed: Int, max: Int) throws(OutboxFull) {
        if held > 0, held + needed > max { throw OutboxFull(held: held, needed: needed) }
    }
}
