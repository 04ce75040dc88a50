/// The outbox has reached `outbox-max`. Kept bodies do not count here, because the outbox drops them to make room.
package struct OutboxFull: Error, Equatable, CustomStringConvertible {
    /// Bytes of pending bodies in the outbox.
    let held: Int
    /// Bytes that did not fit.
    let needed: Int

    package var description: String { "outbox-max is reached: \(held) bytes are pending, \(needed) more do not fit" }

    /// An empty outbox accepts any batch, so that no line waits forever.
    static func check(held: Int, needed: Int, max: Int) throws(OutboxFull) {
        if held > 0, held + needed > max { throw OutboxFull(held: held, needed: needed) }
    }
}
