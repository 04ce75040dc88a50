package import Domain

/// Receives what the event socket reads.
package protocol EventReceiver: Sendable {
    /// Takes lines of one connection, in order. Returns when more may be read from the connection.
    ///
    /// The receiver reports each line to `writer` as decided, before or after it returns.
    func receive(_ lines: [DecodedLine], from writer: Writer) async

    /// A line was rejected. The writer has already been sent the rejection.
    func rejected(_ rejection: Rejection, line: Int, connection: Int)
}
