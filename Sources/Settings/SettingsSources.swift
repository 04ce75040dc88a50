/// The places that settings come from: command line before environment before file before defaults.
package struct SettingsSources: Sendable {
    /// A text that a source has for a setting; nil where its value is of no use.
    struct Found {
        let source: SettingSource
        let text: String?
    }

    /// Variables with the relay's prefix that belong to the bridge for Flock.
    private static let bridgeVariables: Set = ["FLOCK_RELAY_SECRET"]

    private let commandLine: [String: String]
    /// The process's environment, for defaults that depend on it, too.
    let environment: [String: String]
    private let file: [[String]: SettingsFile.Value]

    /// - Parameters:
    ///   - commandLine: texts by the names of settings; a list is joined by commas.
    ///   - configFile: the path given with `--config`.
    /// - Throws: ``SettingsError`` for a variable or a key that is no setting, or a file that cannot be read.
    package init(
        commandLine: [String: String], environment: [String: String], configFile: String?
    ) throws(SettingsError) {
        self.commandLine = commandLine
        self.environment = environment
        file = try configFile.map { path throws(SettingsError) in try SettingsFile(path: path).values } ?? [:]
        let known = Set(Setting.table.map(\.environmentName)).union(Self.bridgeVariables)
        for name in environment.keys.sorted() where name.hasPrefix("FLOCK_RELAY_") && !known.contains(name) {
            throw SettingsError(
                "\(name) (environment): there is no such setting; unset it, or see `flock-relay serve --help`")
        }
    }

    /// Where the value of a setting comes from.
    package func source(of setting: Setting) -> SettingSource { find(setting)?.source ?? .defaultValue }

    /// - Returns: nil if only the default is left.
    func find(_ setting: Setting) -> Found? {
        if let text = commandLine[setting.name] { return Found(source: .commandLine, text: text) }
        if let text = environment[setting.environmentName], !text.isEmpty {
            return Found(source: .environment, text: text)
        }
        switch file[setting.components] {
        case .text(let text): return Found(source: .file, text: text)
        case .list(let text): return Found(source: .file, text: setting.kind == .list ? text : nil)
        case .unusable: return Found(source: .file, text: nil)
        case nil: return nil
        }
    }
}
