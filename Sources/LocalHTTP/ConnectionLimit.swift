package import NIOCore
internal import Synchronization

/// Limits the connections of a server, so that a client that opens many cannot use up the process's file descriptors.
package final class ConnectionLimit: Sendable {
    /// As many connections are open as are allowed.
    package struct Reached: Error {}

    private let maximum: Int
    private let open = Mutex(0)

    /// - Parameter maximum: the most connections at one time.
    package init(_ maximum: Int) { self.maximum = maximum }

    /// Counts a connection until it is closed.
    /// - Throws: ``Reached`` at the limit. The connection is then not counted, and the caller must close it.
    package func admit(_ channel: any Channel) throws(Reached) {
        let isAdmitted = open.withLock { open in
            if open >= maximum { return false }
            open += 1
            return true
        }
        guard isAdmitted else { throw Reached() }
        channel.closeFuture.whenComplete { _ in self.open.withLock { $0 -= 1 } }
    }
}
