package import Domain

/// Sends requests. What dispatching needs of the transport.
package protocol RequestSender: Sendable {
    /// Sends one request and returns its one outcome, at the latest when the request's timeout has passed. Does not return
    /// once the transport is stopped.
    func send(_ request: OutgoingRequest) async -> AttemptOutcome
}
