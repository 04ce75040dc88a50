/// The sources of settings, by precedence: command line, environment, file, defaults.
package struct SettingsSources: Sendable {
    /// A source's text for a setting; nil if the value has the wrong type.
    struct Found {
        let source: SettingSource
        let text: String?
    }

    private let commandLine: [String: String]
    /// The process's environment. Some defaults depend on it, too.
    let environment: [String: String]
    private let file: [[String]: SettingsFile.Value]

    /// - Parameters:
    ///   - commandLine: texts by the names of settings; a list is joined by commas.
    ///   - configFile: the path given with `--config`.
    /// - Throws: ``SettingsError`` for a file that cannot be read or has an unknown key.
    package init(
        commandLine: [String: String], environment: [String: String], configFile: String?
    ) throws(SettingsError) {
        self.commandLine = commandLine
        self.environment = environment
        file =
            try configFile.map { path throws(SettingsError) in
                try SettingsFile(path: try HomePath.expanded(path, environment: environment)).values
            } ?? [:]
    }

    /// The source of a setting's value.
    package func source(of setting: Setting) -> SettingSource { find(setting)?.source ?? .defaultValue }

    /// - Returns: nil if no source sets it, so that the default applies.
    func find(_ setting: Setting) -> Found? {
        if let text = commandLine[setting.name] { return Found(source: .commandLine, text: text) }
        if let text = environment[setting.environmentName], !text.isEmpty {
            return Found(source: .environment, text: text)
        }
        switch file[setting.components] {
        case .text(let text): return Found(source: .file, text: text)
        case .literal(let text): return Found(source: .file, text: setting.isString ? nil : text)
        case .list(let text): return Found(source: .file, text: setting.kind == .list ? text : nil)
        case .unusable: return Found(source: .file, text: nil)
        case nil: return nil
        }
    }
}
