package import NIOCore
internal import OrderedCollections
internal import Synchronization

/// Limits the connections of a server, so that a client that opens many cannot use up the process's file descriptors.
///
/// At the limit, the connection whose last request is the oldest is closed for a new one. Clients that hold connections
/// open therefore cannot keep others out.
package final class ConnectionLimit: Sendable {
    private let maximum: Int
    /// In the order of their last requests, the oldest first.
    private let open = Mutex<OrderedDictionary<ObjectIdentifier, any Channel>>([:])

    /// - Parameter maximum: the most connections at one time.
    package init(_ maximum: Int) { self.maximum = maximum }

    /// Counts a connection until it is closed, and closes another one if there are too many.
    package func admit(_ channel: any Channel) {
        let surplus: (any Channel)? = open.withLock { open in
            open[ObjectIdentifier(channel)] = channel
            return open.count > maximum ? open.removeFirst().value : nil
        }
        surplus?.close(promise: nil)
        channel.closeFuture.whenComplete { _ in self.open.withLock { $0[ObjectIdentifier(channel)] = nil } }
    }

    /// A request has arrived on the connection.
    package func use(_ channel: any Channel) {
        open.withLock { open in
            if open.removeValue(forKey: ObjectIdentifier(channel)) != nil { open[ObjectIdentifier(channel)] = channel }
        }
    }
}
