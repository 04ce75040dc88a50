internal import Foundation
internal import FoundationNetworking
internal import Synchronization

/// What status shows of a session.
package struct SessionFigures: Sendable {
    package let inFlight: Int
    /// Open connections, idle ones included.
    package let connections: Int
}
