package import Settings
internal import UnixSocket

/// Finds what would keep a relay with these settings from starting. Creates, changes and locks nothing, so that it can run
/// beside a relay.
package struct StartCheck {
    private let settings: RelaySettings
    private let paths: DefaultPaths

    package init(_ settings: RelaySettings, paths: DefaultPaths) {
        self.settings = settings
        self.paths = paths
    }

    /// What is wrong, where it comes from, and what to do about it.
    package var problems: [String] {
        let checks: [() throws -> Void] = [
            { try paths.checkDirectory(for: settings.socket) },
            { try check("socket", settings.socket) },
            { try check("status-socket", settings.statusSocket) },
            { try StateDirectory.check(settings.stateDirectory) },
            { _ = try settings.trustedAuthorities() },
            { _ = try DescriptorBudget(settings, limit: DescriptorLimit.hard) },
        ]
        return checks.compactMap { check in
            do {
                try check()
                return nil
            } catch {
                return "\(error)"
            }
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
