import ArgumentParser
import Daemon

struct CheckConfig: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check the configuration; print the values in force and where each came from.")

    @OptionGroup var options: SettingsOptions

    func run() async throws {
        do {
            let sources = try await options.sources()
            let effective = try SettingsReader(sources).read().effective
            let width = effective.map(\.key.name.count).max() ?? 0
            for (key, value) in effective {
                print("\(key.name.padded(to: width))  \(value)  (\(sources.source(of: key)))")
            }
        } catch let error as SettingsError {
            throw Failure.exit(Failure.badConfiguration, error.description)
        }
    }
}

extension String {
    /// With spaces behind it, up to a width in characters.
    func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
