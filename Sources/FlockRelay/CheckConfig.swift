import ArgumentParser
import Settings

struct CheckConfig: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check the configuration; print each current value and its source.")

    @OptionGroup var options: SettingsOptions

    func run() async throws {
        do {
            let sources = try options.sources()
            let settings = try SettingsReader(sources).read()
            let width = Setting.table.map(\.name.count).max() ?? 0
            for setting in Setting.table {
                print("\(setting.name.padded(to: width))  \(setting.show(settings))  (\(sources.source(of: setting)))")
            }
        } catch let error as SettingsError {
            throw Failure.exit(Failure.badConfiguration, error.description)
        }
    }
}

extension String {
    /// Padded with spaces to a width in characters.
    func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
