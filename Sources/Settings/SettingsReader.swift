internal import TraceExport
package import Webhook

/// Reads every setting from its sources and validates it.
package struct SettingsReader {
    private let sources: SettingsSources
    private let paths: DefaultPaths

    package init(_ sources: SettingsSources) {
        self.sources = sources
        paths = DefaultPaths(environment: sources.environment)
    }

    /// - Throws: ``SettingsError`` at the first invalid value.
    package func read() throws -> RelaySettings {
        var settings = RelaySettings()
        for setting in Setting.table { try read(setting, into: &settings) }
        guard settings.socket != settings.statusSocket else {
            throw SettingsError("status-socket: \(settings.socket) is the event socket already; choose another path")
        }
        let isExplicit = Setting.named("otlp-endpoint").map { sources.source(of: $0) != .defaultValue } ?? false
        settings.traceExport = TraceExportSettings(
            endpoint: settings.otlpEndpoint, isExplicit: isExplicit, environment: sources.environment)
        return settings
    }

    /// Reads the private key that signs every request, and no other setting, so that mistakes in others do not matter.
    ///
    /// - Throws: ``SettingsError`` if it is invalid.
    package func readSigningKey() throws -> Ed25519PrivateKey? {
        var settings = RelaySettings()
        for setting in Setting.table where setting.name == "signing-key-file" { try read(setting, into: &settings) }
        return settings.signingKey
    }

    private func read(_ setting: Setting, into settings: inout RelaySettings) throws {
        if let found = sources.find(setting) {
            try read(setting, from: found.source, found.text, into: &settings)
        } else {
            try read(setting, from: .defaultValue, try defaultText(of: setting, settings), into: &settings)
        }
    }

    private func defaultText(of setting: Setting, _ settings: RelaySettings) throws -> String {
        switch setting.defaultValue {
        case .text(let text): text
        case .computed(_, let compute): try compute(paths, settings)
        }
    }

    private func read(
        _ setting: Setting, from source: SettingSource, _ text: String?, into settings: inout RelaySettings
    ) throws(SettingsError) {
        do {
            if let text, try setting.read(try expanded(text, setting), &settings) { return }
        } catch {
            throw SettingsError("\(setting.name) (\(source)): \(error)")
        }
        // Text with an @ may contain a password, for example that of a proxy.
        let shown = text.map { $0.contains("@") ? "" : " is \"\($0)\" and" } ?? ""
        let notation = text == nil && setting.isString ? ", written as a JSON string" : ""
        throw SettingsError("\(setting.name) (\(source))\(shown) must be \(setting.form)\(notation)")
    }

    private func expanded(_ text: String, _ setting: Setting) throws(SettingsError) -> String {
        setting.isPath ? try HomePath.expanded(text, environment: sources.environment) : text
    }
}
