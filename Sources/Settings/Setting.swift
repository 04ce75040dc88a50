/// One setting: a row of ``table``, which defines command line, environment, file, help and `check-config`.
///
/// `a.key-name` is written `--a-key-name` on the command line, `FLOCK_RELAY_A_KEY_NAME` in the environment, and
/// `{"a":{"key-name":…}}` in a file.
package struct Setting: Sendable {
    /// The value if no source sets one.
    enum Default: Sendable {
        case text(String)
        /// Computed at the start. `words` describes it in the help.
        case computed(words: String, @Sendable (DefaultPaths, RelaySettings) throws -> String)
    }

    /// The form on the command line.
    package enum Kind: Sendable {
        case option, list, flag
    }

    package let name: String
    package let kind: Kind
    /// The accepted form with its range, to follow "must be".
    package let form: String
    /// What the setting does, in one sentence.
    package let help: String
    /// Whether SIGHUP applies a new value without a restart.
    package let isReloadable: Bool
    /// Whether a leading `~/` of the text stands for the home directory.
    let isPath: Bool
    /// Whether a file must write the value as a string.
    let isString: Bool
    let defaultValue: Default
    /// Parses text into the settings.
    /// - Returns: false for text that does not have the form.
    let read: @Sendable (String, inout RelaySettings) throws -> Bool
    /// The current value, in a form that can be read again. Never shows a secret.
    package let show: @Sendable (RelaySettings) -> String
    /// Copies the value from the first to the second.
    let copy: @Sendable (RelaySettings, inout RelaySettings) -> Void

    init<Value>(
        _ name: String, _ path: any WritableKeyPath<RelaySettings, Value> & Sendable, _ form: SettingForm<Value>,
        default defaultValue: Default, reloadable: Bool = false, _ help: String
    ) {
        self.name = name
        self.form = form.words
        self.help = help
        self.defaultValue = defaultValue
        isReloadable = reloadable
        isPath = form.notation == .path
        isString = form.notation != .any
        switch form.arity {
        case .one: kind = .option
        case .list: kind = .list
        case .flag: kind = .flag
        }
        read = { text, settings in
            guard let value = try form.parse(text) else { return false }
            settings[keyPath: path] = value
            return true
        }
        show = { form.show($0[keyPath: path]) }
        copy = { $1[keyPath: path] = $0[keyPath: path] }
    }

    package var optionName: String { name.map { $0 == "." ? "-" : String($0) }.joined() }

    package var environmentName: String {
        "FLOCK_RELAY_" + name.uppercased().map { $0 == "." || $0 == "-" ? "_" : String($0) }.joined()
    }

    /// The nested keys in a file.
    var components: [String] { name.split(separator: ".").map(String.init) }

    /// The default, for the help.
    package var defaultDescription: String {
        switch defaultValue {
        case .text(let text): text.isEmpty ? "none" : text
        case .computed(let words, _): words
        }
    }
}
