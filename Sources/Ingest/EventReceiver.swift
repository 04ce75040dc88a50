package import Domain

/// What the event socket needs of the stages behind it.
package protocol EventReceiver: Sendable {
    /// Accepts lines of one connection, in their order. Returns when the connection may be read further.
    ///
    /// Each line is reported to `writer` as decided, then or later.
    func receive(_ lines: [DecodedLine], from writer: Writer) async

    /// A line was rejected, and its writer has been told.
    func rejected(_ rejection: Rejection, line: Int, connection: Int)
}
