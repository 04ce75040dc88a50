package import Settings
internal import UnixSocket

/// Finds what would keep a relay with these settings from starting. Creates, changes and locks nothing, so that it can run
/// beside a relay. Does not open the outbox.
package struct StartCheck {
    private let settings: RelaySettings
    private let paths: DefaultPaths

    package init(_ settings: RelaySettings, paths: DefaultPaths) {
        self.settings = settings
        self.paths = paths
    }

    /// What is wrong, where it comes from, and what to do about it.
    package var problems: [String] {
        get async {
            let checks: [() async throws -> Void] = [
                { try paths.checkDirectory(for: settings.socket) },
                { try check("socket", settings.socket) },
                { try check("status-socket", settings.statusSocket) },
                { try StateDirectory.check(settings.stateDirectory) },
                { _ = try settings.trustedAuthorities() },
                { if let address = settings.metricsListen { try await MetricsListener.check(address) } },
                { _ = try DescriptorBudget(settings, limit: DescriptorLimit.hard) },
            ]
            var problems: [String] = []
            for check in checks {
                do { try await check() } catch { problems.append("\(error)") }
            }
            return problems
        }
    }

    private func check(_ name: String, _ path: String) throws(SettingsError) {
        do {
            try ListeningSocket.check(path, creating: paths.directoryToCreate(for: settings.socket))
        } catch {
            throw SettingsError("\(name): \(error)")
        }
    }
}
