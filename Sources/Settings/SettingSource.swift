/// Where a value came from, the most important first.
package enum SettingSource: String, Sendable, CustomStringConvertible {
    case commandLine = "command line"
    case environment
    case file
    case defaultValue = "default"

    package var description: String { rawValue }
}
