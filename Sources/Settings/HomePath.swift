/// Paths that begin with `~`.
package enum HomePath {
    /// The path with a leading `~` or `~/` replaced by `$HOME`, because shells leave it as it is in `--option=~/path`, in
    /// quotes and in files.
    ///
    /// - Throws: ``SettingsError`` if the home directory is that of another user, or is not known.
    package static func expanded(
        _ path: String, environment: [String: String]
    ) throws(SettingsError) -> String {
        guard path.hasPrefix("~") else { return path }
        let rest = path.dropFirst()
        guard rest.isEmpty || rest.hasPrefix("/") else {
            throw SettingsError(
                "\(path) begins with the home directory of another user; write that directory, or ./\(path) for a file "
                    + "of this name")
        }
        guard let home = environment["HOME"], !home.isEmpty else {
            throw SettingsError("\(path) begins with the home directory, but HOME is not set; write that directory")
        }
        return home + rest
    }
}
