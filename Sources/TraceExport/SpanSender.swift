package import Domain

/// Sends the body of an export request: what the exporter needs of the transport.
package protocol SpanSender: Sendable {
    /// Returns at the latest when the timeout has passed. Does not return after the transport is stopped.
    func send(_ body: [UInt8], timeout: Duration) async -> SendResult
}
