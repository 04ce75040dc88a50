package import NIOCore
internal import Synchronization

/// How many connections a server has, so that whoever opens many takes no descriptors from the rest of the process.
package final class ConnectionLimit: Sendable {
    /// One more would be too many.
    package struct Reached: Error {}

    private let maximum: Int
    private let open = Mutex(0)

    /// - Parameter maximum: connections at one time.
    package init(_ maximum: Int) { self.maximum = maximum }

    /// Counts a connection until it is closed.
    /// - Throws: ``Reached`` if as many are open as may be; this one is not counted then, and is the caller's to close.
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
