package import Events

/// One POST as the daemon hands it to a sender.
package struct SendRequest: Hashable, Sendable {
    /// Chosen by the daemon; the answer carries it back.
    package let id: UInt64
    /// From the moment the sender reads it to the final response headers; 49 days at most.
    package let timeout: Duration
    package let url: String
    package let headers: [Header]
    package let body: [UInt8]

    package init(id: UInt64, timeout: Duration, url: String, headers: [Header], body: [UInt8]) {
        self.id = id
        self.timeout = timeout
        self.url = url
        self.headers = headers
        self.body = body
    }

    package struct Header: Hashable, Sendable {
        package let name: String
        package let value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }
}

/// What a sender says to the daemon.
package enum SenderMessage: Hashable, Sendable {
    /// The sender has its session and takes requests.
    case ready
    /// The session's own queue still works: sent some times a second while requests are in flight.
    case alive
    /// The outcome is decided. What follows of the answer does not matter any more, but may still kill the sender.
    case ended(id: UInt64, AttemptOutcome)
    /// Nothing is left of an ended request.
    case finished(id: UInt64)
}
