/// Why a configuration cannot be used: the setting, where its value came from, and the accepted form.
package struct SettingsError: Error, Hashable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}
