import Foundation
import Settings
import TestSupport
import Testing

/// Reads settings from sources that a test specifies.
enum SettingsHarness {
    /// - Parameter file: the text of a configuration file, if there is one.
    static func sources(
        commandLine: [String: String] = [:], environment: [String: String] = [:], file: String? = nil
    ) async throws -> SettingsSources {
        var environment = environment
        if environment["FLOCK_RELAY_SOCKET"] == nil { environment["FLOCK_RELAY_SOCKET"] = "/nowhere/events.sock" }
        guard let file else {
            return try SettingsSources(commandLine: commandLine, environment: environment, configFile: nil)
        }
        return try await TemporaryDirectory.with { directory in
            let path = directory + "/relay.json"
            try Data(file.utf8).write(to: URL(fileURLWithPath: path))
            return try SettingsSources(commandLine: commandLine, environment: environment, configFile: path)
        }
    }

    static func read(
        commandLine: [String: String] = [:], environment: [String: String] = [:], file: String? = nil
    ) async throws -> RelaySettings {
        try SettingsReader(
            try await sources(commandLine: commandLine, environment: environment, file: file)
        ).read()
    }

    /// The error message for unusable settings; empty if they are usable.
    static func problem(
        commandLine: [String: String] = [:], environment: [String: String] = [:], file: String? = nil
    ) async -> String {
        do {
            _ = try await read(commandLine: commandLine, environment: environment, file: file)
            return ""
        } catch {
            #expect(error is SettingsError)
            return "\(error)"
        }
    }
}
