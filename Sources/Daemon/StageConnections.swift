internal import Dispatching
internal import Domain
internal import Intake
internal import Settings
internal import Transport

// Conformances of stages to the protocols that other stages declare.

extension Dispatcher: DeliveryQueue {}

extension URLSessionPool: RequestSender {
    /// - Throws: `SettingsError` if the certificate authorities cannot be read, or the system has too few descriptors or
    ///   too little memory.
    convenience init(_ settings: RelaySettings, _ descriptors: DescriptorBudget) async throws {
        let trust: TrustedAuthorities?
        do {
            trust = try settings.caFile.map { path throws(TransportError) in try TrustedAuthorities(adding: path) }
        } catch {
            throw SettingsError("ca-file: \(error)")
        }
        do {
            try await self.init(
                count: settings.sessions, inFlight: settings.concurrencyTotal,
                connections: descriptors.maxReceiverConnections, trust: trust)
        } catch let error as TransportError {
            throw SettingsError("sessions: \(error); allow more open files, or use fewer sessions")
        }
    }
}
