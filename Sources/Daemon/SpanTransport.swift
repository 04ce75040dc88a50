internal import Addresses
internal import Domain
internal import Settings
internal import TraceExport
internal import Transport

/// Sends export requests, in a URLSession of its own, so that an OTLP endpoint that hangs delays no delivery.
///
/// The operator has configured the endpoint, so it may have any address. Its requests do not use the proxy of webhooks.
final class SpanTransport: SpanSender {
    /// One for the request in flight, and one for an idle connection.
    static let maxConnections = 2
    private static let maxLookup = Duration.seconds(5)

    let endpoint: WebhookURL
    private let headers: [OutgoingRequest.Header]
    private let pool: URLSessionPool
    private let resolver: NameResolver
    private let time: any TimeSource = SystemTime()

    /// - Returns: nil if no spans are exported.
    /// - Throws: `SettingsError` if the certificate authorities cannot be read, or the system has too few descriptors or
    ///   too little memory.
    init?(_ settings: RelaySettings) async throws {
        guard let endpoint = settings.traceExport.endpoint else { return nil }
        self.endpoint = endpoint
        headers =
            [
                .init("Content-Type", "application/x-protobuf"),
                .init("User-Agent", "flock-relay/\(RelayVersion.current)"),
            ] + settings.traceExport.headers
        let trust = try settings.trustedAuthorities()
        do {
            pool = try await URLSessionPool(
                count: 1, inFlight: 1, connections: Self.maxConnections, trust: trust)
        } catch let error as TransportError {
            throw SettingsError("otlp-endpoint: \(error); allow more open files")
        }
        resolver = NameResolver(
            table: LookupTable(limits: .init(lookups: 1)), time: time, lookUp: SystemLookup.start)
    }

    func send(_ body: [UInt8], timeout: Duration) async -> SendResult {
        let begun = time.now().monotonic
        let host = await resolver.host(of: endpoint.origin, within: min(timeout, Self.maxLookup), isAnswering: true)
        guard let addresses = host.addresses else {
            if case .notDone(let shortage) = host { return .notSent(shortage) }
            return .ended(.failed(.dnsError))
        }
        let left = timeout - (time.now().monotonic - begun)
        return await pool.send(
            OutgoingRequest(
                url: endpoint, addresses: addresses, proxy: nil, headers: headers, body: body,
                timeout: max(left, .milliseconds(1))))
    }

    func stop() { pool.stop() }
}
