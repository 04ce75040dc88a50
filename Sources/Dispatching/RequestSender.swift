package import Domain

/// Sends requests: what dispatching needs of the transport.
package protocol RequestSender: Sendable {
    /// Sends one request and returns at once.
    ///
    /// - Parameter ended: called once, on any thread, with what became of the request, at the latest when its timeout has
    ///   passed, unless the transport itself hangs. Not called any more after the transport is stopped.
    func send(_ request: OutgoingRequest, _ ended: @escaping @Sendable (SendResult) -> Void)
}
