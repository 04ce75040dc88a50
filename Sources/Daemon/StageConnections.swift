internal import Dispatching
internal import Domain
internal import Intake
internal import Settings
internal import Transport

// Conformances of stages to the protocols that other stages declare.

extension Dispatcher: DeliveryQueue {}

extension RelaySettings {
    /// - Throws: `SettingsError` if `ca-file` cannot be used.
    func trustedAuthorities() throws(SettingsError) -> TrustedAuthorities? {
        do {
            return try caFile.map { path throws(TransportError) in try TrustedAuthorities(adding: path) }
        } catch {
            throw SettingsError("ca-file: \(error)")
        }
    }
}

extension URLSessionPool: RequestSender {
    /// - Throws: `SettingsError` if the certificate authorities cannot be read, or the system has too few descriptors or
    ///   too little memory.
    convenience init(_ settings: RelaySettings, _ descriptors: DescriptorBudget) async throws {
        let trust = try settings.trustedAuthorities()
        do {
            try await self.init(
                count: settings.sessions, inFlight: settings.concurrencyTotal,
                connections: descriptors.maxReceiverConnections, trust: trust)
        } catch let error as TransportError {
            throw SettingsError("sessions: \(error); allow more open files, or use fewer sessions")
        }
    }
}
