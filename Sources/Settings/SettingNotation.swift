/// How a file writes one value of a setting.
enum SettingNotation {
    /// As a string, a number or a boolean.
    case any
    /// As a string, because a number could mean something else than its digits.
    case string
    /// As a string, in which a leading `~/` stands for the home directory, as in every source.
    case path
}
