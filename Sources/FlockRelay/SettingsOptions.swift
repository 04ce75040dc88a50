import ArgumentParser
import Foundation
import Settings

/// The settings as options of a command: one for each row of ``Setting/table``.
///
/// The argument parser finds options by reflection and decodes them by name, so the table can define both.
struct SettingsOptions: ParsableArguments, CustomReflectable {
    private enum Argument {
        case option(Option<String?>)
        case list(Option<[String]>)
        case flag(Flag<Bool>)
    }

    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    private static let config = "config"

    private var arguments: [(name: String, argument: Argument)]

    init() {
        let config = Option<String?>(help: "JSON file with settings; a key with a dot is written as nested objects.")
        arguments = [(Self.config, .option(config))]
        for setting in Setting.table { arguments.append((setting.optionName, Self.argument(setting))) }
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        self.init()
        for index in arguments.indices {
            let key = Key(stringValue: arguments[index].name)
            switch arguments[index].argument {
            case .option: arguments[index].argument = .option(try container.decode(Option<String?>.self, forKey: key))
            case .list: arguments[index].argument = .list(try container.decode(Option<[String]>.self, forKey: key))
            case .flag: arguments[index].argument = .flag(try container.decode(Flag<Bool>.self, forKey: key))
            }
        }
    }

    private static func argument(_ setting: Setting) -> Argument {
        let name = NameSpecification.customLong(setting.optionName)
        let repeatable = setting.kind == .list ? " Repeat it for several values." : ""
        let help = ArgumentHelp("\(setting.help)\(repeatable) [\(setting.defaultDescription)]")
        switch setting.kind {
        case .option: return .option(Option<String?>(name: name, help: help))
        case .list: return .list(Option<[String]>(wrappedValue: [], name: name, help: help))
        case .flag: return .flag(Flag<Bool>(wrappedValue: false, name: name, help: ArgumentHelp(setting.help)))
        }
    }

    var customMirror: Mirror {
        Mirror(
            self,
            children: arguments.map { name, argument in
                switch argument {
                case .option(let option): (name, option)
                case .list(let list): (name, list)
                case .flag(let flag): (name, flag)
                }
            })
    }

    private func text(_ name: String) -> String? {
        switch arguments.first(where: { $0.name == name })?.argument {
        case .option(let option): option.wrappedValue
        case .list(let list): list.wrappedValue.isEmpty ? nil : list.wrappedValue.joined(separator: ",")
        case .flag(let flag): flag.wrappedValue ? "true" : nil
        case nil: nil
        }
    }

    /// All sources of settings.
    func sources() throws -> SettingsSources {
        var given: [String: String] = [:]
        for setting in Setting.table { given[setting.name] = text(setting.optionName) }
        return try SettingsSources(
            commandLine: given, environment: ProcessInfo.processInfo.environment, configFile: text(Self.config))
    }

    /// - Throws: exit code 78, after printing which setting is wrong.
    func load() throws -> RelaySettings {
        do {
            return try SettingsReader(try sources()).read()
        } catch let error as SettingsError {
            throw Failure.exit(Failure.badConfiguration, error.description)
        }
    }
}
