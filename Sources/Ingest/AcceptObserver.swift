/// Learns why the event socket accepts no writers.
package protocol AcceptObserver: Sendable {
    /// As many writers are connected as are allowed; further ones wait until one leaves.
    func writersPaused(at count: Int)
    func writersAcceptedAgain()
    /// `accept(2)` failed with this error; it is tried again soon.
    func acceptFailed(_ code: Int32)
}
