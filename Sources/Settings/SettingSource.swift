/// The source of a value, by precedence.
package enum SettingSource: String, Sendable, CustomStringConvertible {
    case commandLine = "command line"
    case environment
    case file
    case defaultValue = "default"

    package var description: String { rawValue }
}
