package import Configuration
internal import Foundation
internal import Synchronization
internal import SystemPackage

/// Where a value came from, in falling precedence.
package enum SettingSource: Int, Sendable, CaseIterable, CustomStringConvertible {
    case commandLine, environment, file, defaultValue

    package var description: String {
        switch self {
        case .commandLine: "command line"
        case .environment: "environment"
        case .file: "file"
        case .defaultValue: "default"
        }
    }
}

/// All places that a setting may come from, as one reader that remembers which place won.
package struct SettingsSources: Sendable {
    package let reader: ConfigReader
    /// The process's environment, for defaults that depend on it.
    package let environment: [String: String]
    private let winners: Winners

    /// A variable with our prefix that belongs to the bridge for Flock.
    private static let foreign: Set = ["FLOCK_RELAY_SECRET"]

    /// - Parameters:
    ///   - commandLine: texts by key; a list is joined by commas.
    ///   - configFile: the path given with `--config`.
    /// - Throws: ``SettingsError`` for a key that there is not, or a file that cannot be read.
    package init(
        commandLine: [SettingKey: String], environment: [String: String], configFile: String?
    ) async throws {
        try Self.refuseUnknown(environment)
        self.environment = environment
        winners = Winners(hasFile: configFile != nil)
        var providers: [any ConfigProvider] = [
            EnvironmentVariablesProvider(environmentVariables: Self.variables(commandLine)),
            EnvironmentVariablesProvider(environmentVariables: environment.filter { !$0.value.isEmpty }),
        ]
        if let configFile { providers.append(try await Self.file(configFile)) }
        providers.append(Self.defaults)
        reader = ConfigReader(
            providers: providers, accessReporter: winners
        ).scoped(to: ["flock", "relay"])
    }

    /// Where the value of a key that was read came from.
    package func source(of key: SettingKey) -> SettingSource { winners.source(of: key) }

    private static func variables(_ commandLine: [SettingKey: String]) -> [String: String] {
        Dictionary(uniqueKeysWithValues: commandLine.map { ($0.key.environmentName, $0.value) })
    }

    private static func refuseUnknown(_ environment: [String: String]) throws {
        let known = Set(SettingKey.all.map(\.environmentName)).union(foreign)
        for name in environment.keys.sorted() where name.hasPrefix("FLOCK_RELAY_") && !known.contains(name) {
            throw SettingsError(
                "\(name) (environment): there is no such setting; unset it, or see `flock-relay serve --help`")
        }
    }

    /// All keys are asked for below `flock.relay`; a file names them without it.
    private static func file(_ path: String) async throws -> any ConfigProvider {
        do {
            try refuseUnknown(in: Data(contentsOf: URL(fileURLWithPath: path)), path: path)
            return try await FileProvider<JSONSnapshot>(filePath: FilePath(path)).mapKeys { key in
                AbsoluteConfigKey(Array(key.components.dropFirst(2)), context: key.context)
            }
        } catch let error as SettingsError {
            throw error
        } catch {
            throw SettingsError("--config \(path): cannot be read as a JSON object (\(error.localizedDescription))")
        }
    }

    private static func refuseUnknown(in data: Data, path: String) throws {
        guard let root = try JSONSerialization.jsonObject(with: data) as? [String: Any] else {
            throw SettingsError("--config \(path): the file must hold one JSON object")
        }
        let known = Set(SettingKey.all.map(\.components))
        for name in names(root, below: []) where !known.contains(name) {
            throw SettingsError(
                "\(name.joined(separator: ".")) (file \(path)): there is no such setting; keys with a dot are nested, "
                    + #"e.g. {"retry":{"max-retries":5}}"#)
        }
    }

    private static func names(_ object: [String: Any], below prefix: [String]) -> [[String]] {
        object.sorted { $0.key < $1.key }.flatMap { key, value in
            (value as? [String: Any]).map { names($0, below: prefix + [key]) } ?? [prefix + [key]]
        }
    }

    private static var defaults: InMemoryProvider {
        let values = SettingKey.all.map { key -> (AbsoluteConfigKey, ConfigValue) in
            let content: ConfigContent =
                switch key.defaultValue {
                case .text(let text): .string(text)
                case .number(let number): .int(number)
                case .fraction(let number): .double(number)
                case .flag(let flag): .bool(flag)
                case .list(let list): .stringArray(list)
                }
            return (AbsoluteConfigKey(["flock", "relay"] + key.components), ConfigValue(content, isSecret: false))
        }
        return InMemoryProvider(name: "default", values: Dictionary(uniqueKeysWithValues: values))
    }
}

extension SettingKey {
    var components: [String] { name.split(separator: ".").map(String.init) }
    package var configKey: ConfigKey { ConfigKey(components) }
}

/// Remembers which provider had each value.
private final class Winners: AccessReporter {
    private let sources = Mutex<[String: SettingSource]>([:])
    /// The sources in the order in which they are asked; those behind the winner are not.
    private let order: [SettingSource]

    init(hasFile: Bool) { order = SettingSource.allCases.filter { hasFile || $0 != .file } }

    func report(_ event: AccessEvent) {
        for (source, provider) in zip(order, event.providerResults) {
            if case .success(let lookup) = provider.result, lookup.value == nil { continue }
            let name = event.metadata.key.components.dropFirst(2).joined(separator: ".")
            sources.withLock { $0[name] = source }
            return
        }
    }

    func source(of key: SettingKey) -> SettingSource { sources.withLock { $0[key.name] ?? .defaultValue } }
}
