internal import NIOCore
package import Settings
internal import TraceExport

/// Divides the file descriptors that the process may open, so that none of their uses can starve another: idle writers
/// leave some for attempts, attempts for look-ups, and all of them for status.
package struct DescriptorBudget: Sendable {
    /// The smallest shares with which the relay works.
    private static let minConnections = 2
    private static let minStatusConnections = 4
    private static let maxStatusConnections = 256
    /// What a look-up has open at one time: configuration files, and sockets to name servers.
    private static let perLookup = 3
    private static let minLookups = 2
    private static let maxLookups = 512
    /// Standard streams, signals, timers, locks, listening sockets with their files, the service manager, and what the
    /// runtime opens.
    private static let fixed = 18
    /// The outbox: its writer, four readers, the history's reader, its files, and those that are opened for a moment.
    private static let outbox = 18
    /// An event loop of NIO: epoll, wake-up and timer.
    private static let perLoop = 3
    /// A session: epoll, wake-up, and two pairs of sockets of libcurl.
    private static let perSession = 6

    /// The export of spans: its session, a bundle of authorities, its connections and a look-up.
    private static let spanExport = perSession + 1 + SpanTransport.maxConnections + perLookup

    /// The most connections on the event socket.
    package let maxWriters: Int
    /// The most connections to the status socket, and to `metrics-listen`.
    package let maxStatusConnections: Int
    /// The most connections to receivers.
    package let maxReceiverConnections: Int
    /// The most look-ups of names at one time.
    package let maxLookups: Int

    /// - Parameter limit: of the files that the process may have open.
    /// - Throws: ``SettingsError`` if that is too small for these settings.
    package init(_ settings: RelaySettings, limit: Int) throws(SettingsError) {
        let servers = settings.metricsListen == nil ? 1 : 2
        let needed = Self.needed(settings, servers: servers)
        guard limit >= needed else {
            throw SettingsError(
                "the limit of open files is \(limit), but the relay needs at least \(needed) with these settings; raise it "
                    + "with `ulimit -n` or LimitNOFILE=, or lower `sessions`")
        }
        let spare = limit - needed
        maxWriters = Self.minConnections + spare / 4
        maxStatusConnections = min(Self.minStatusConnections + spare / 16, Self.maxStatusConnections)
        maxLookups = min(Self.minLookups + spare / 8 / Self.perLookup, Self.maxLookups)
        maxReceiverConnections = settings.sessions * Self.minConnections + spare / 2
    }

    private static func needed(_ settings: RelaySettings, servers: Int) -> Int {
        let ready =
            fixed + servers + (settings.isEphemeral ? 0 : outbox) + NIOSingletons.groupLoopCountSuggestion * perLoop
            + settings.sessions * perSession + (settings.caFile == nil ? 0 : 1)
            + (settings.traceExport.endpoint == nil ? 0 : spanExport)
        return ready + minConnections + servers * minStatusConnections + minLookups * perLookup
            + settings.sessions * minConnections
    }
}
