package import Events

/// Sends requests. What dispatching needs of the transport.
package protocol RequestSender: Sendable {
    /// Sends one request and returns how it ended, by the request's timeout at the latest. Never followed by a second
    /// outcome, whatever else the receiver sends.
    func send(_ request: OutgoingRequest) async -> AttemptOutcome
}
