import ArgumentParser
import Daemon
import Domain
import Foundation
import Settings
import TraceExport

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
            for warning in settings.traceExport.warnings { Failure.write(warning) }
            show(settings, sources)
            let problems = await StartCheck(settings, paths: DefaultPaths(environment: environment)).problems
            for problem in problems { Failure.write(problem) }
            if !problems.isEmpty { throw Failure.badConfiguration }
        } catch let error as SettingsError {
            throw Failure.exit(Failure.badConfiguration, error.description)
        }
    }

    private func show(_ settings: RelaySettings, _ sources: SettingsSources) {
        let rows =
            Setting.table.map { ($0.name, $0.show(settings), sources.source(of: $0)) }
            + settings.traceExport.variables.map { ($0.name, $0.value, $0.isSet ? .environment : .defaultValue) }
        let width = rows.map(\.0.count).max() ?? 0
        for (name, value, source) in rows {
            print("\(name.padded(to: width))  \(ControlCharacters.escaped(value))  (\(source))")
        }
    }
}

extension String {
    /// Padded with spaces to a width in characters.
    func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
