internal import CCurl
internal import Foundation
internal import Glibc
internal import Synchronization

/// Numbers that bound what an engine keeps.
struct EngineLimits {
    /// Seconds for which an idle connection is kept.
    static let maxIdleSeconds = 60
    /// Seconds after which a connection is not used again, however busy it is: a name may have moved since.
    static let maxConnectionSeconds = 300
    /// How long the body of a decided response is read.
    static let maxBodyTime = Duration.seconds(1)
    /// Transfers at one time of which only the body is still read; beyond it, the oldest one ends.
    static let maxLingering = 64

    /// Connections that libcurl keeps for one engine, those in use included.
    let maxConnections: Int

    /// - Parameter inFlight: requests at one time, at most.
    init(inFlight: Int) { maxConnections = inFlight + 128 }
}
