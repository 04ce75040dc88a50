/// The limits of an engine.
struct EngineLimits {
    /// Seconds for which an idle connection stays open.
    static let maxIdleSeconds = 60
    /// Seconds after which a connection is not reused, however busy it is, because its name may have a new address.
    static let maxConnectionSeconds = 300
    /// The longest time for which the body of a decided response is read.
    static let maxBodyTime = Duration.seconds(1)
    /// The most transfers at one time of which only the body is still being read. Beyond it, the oldest one ends.
    static let maxLingering = 64

    /// The most connections of one engine, including those in use.
    let maxConnections: Int

    /// - Parameters:
    ///   - inFlight: the most requests at one time.
    ///   - connections: the most connections for which there are descriptors, at least 1.
    init(inFlight: Int, connections: Int) { maxConnections = min(inFlight + 128, connections) }
}
