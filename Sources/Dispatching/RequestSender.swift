package import Domain

/// Sends requests: what dispatching needs of the transport.
package protocol RequestSender: Sendable {
    /// Sends one request and returns what became of it, at the latest when the request's timeout has passed. Does not
    /// return after the transport is stopped.
    func send(_ request: OutgoingRequest) async -> SendResult
}
