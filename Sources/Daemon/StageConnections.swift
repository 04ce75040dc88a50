internal import Dispatching
internal import Domain
internal import Intake
internal import Settings
internal import Transport

// Conformances of stages to the protocols that other stages declare.

extension Dispatcher: DeliveryQueue {}

extension URLSessionPool: RequestSender {
    /// - Throws: `SettingsError` if the certificate authorities cannot be read, `TransportError` if the system provides
    ///   too few descriptors or too little memory.
    convenience init(_ settings: RelaySettings) async throws {
        let trust: TrustedAuthorities?
        do {
            trust = try settings.caFile.map { path throws(TransportError) in try TrustedAuthorities(adding: path) }
        } catch {
            throw SettingsError("ca-file: \(error)")
        }
        try await self.init(count: settings.sessions, inFlight: settings.concurrencyTotal, trust: trust)
    }
}
