package import NIOCore

/// The body of a response that is written part by part, each when the kernel has taken the one before from the server.
/// A client that does not read therefore costs one part.
package protocol HTTPBodyStream: Sendable {
    /// The next part; nil at the end.
    func next() async -> ByteBuffer?

    /// No further part is needed, because the stream has ended or the client has disconnected: ``next()`` returns soon.
    /// Called at least once, from any thread.
    func close()
}
