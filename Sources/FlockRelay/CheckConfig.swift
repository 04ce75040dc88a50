import ArgumentParser
import Daemon
import Domain
import Foundation
import Settings

struct CheckConfig: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check the configuration; print each current value and its source.",
        discussion: """
            Also checks what `serve` needs of the machine: directories, sockets, files. It creates and changes nothing, \
            does not open the outbox, and you can run it beside a running relay. Run it as the relay's user.
            """)

    @OptionGroup var options: SettingsOptions

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        Failure.warn(aboutVariablesIn: environment)
        do {
            let sources = try options.sources()
            let settings = try SettingsReader(sources).read()
            show(settings, sources)
            let problems = await StartCheck(settings, paths: DefaultPaths(environment: environment)).problems
            for problem in problems { Failure.write(problem) }
            if !problems.isEmpty { throw Failure.badConfiguration }
        } catch let error as SettingsError {
            throw Failure.exit(Failure.badConfiguration, error.description)
        }
    }

    private func show(_ settings: RelaySettings, _ sources: SettingsSources) {
        let width = Setting.table.map(\.name.count).max() ?? 0
        for setting in Setting.table {
            let value = ControlCharacters.escaped(setting.show(settings))
            print("\(setting.name.padded(to: width))  \(value)  (\(sources.source(of: setting)))")
        }
    }
}

extension String {
    /// Padded with spaces to a width in characters.
    func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
