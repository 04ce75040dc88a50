/// Reads variables of the OpenTelemetry specification. A malformed value is a warning, and the default applies.
struct OTelVariables {
    private let environment: [String: String]
    private(set) var warnings: [String] = []
    private(set) var shown: [TraceExportSettings.Variable] = []

    init(_ environment: [String: String]) { self.environment = environment }

    /// The first of these variables that is set, and its text. An empty value means unset.
    func find(_ names: [String]) -> (name: String, text: String)? {
        for name in names {
            if let text = environment[name]?.trimmed, !text.isEmpty { return (name, text) }
        }
        return nil
    }

    mutating func warn(_ warning: String) { warnings.append(warning) }

    /// - Parameters:
    ///   - names: of the variable, the one that takes precedence first.
    ///   - form: the accepted form, to follow "must be".
    ///   - show: the form for people, without secrets.
    ///   - parse: nil for text of another form.
    mutating func read<Value>(
        _ names: String..., default defaultValue: Value, form: String, show: (Value) -> String = { "\($0)" },
        parse: (String) -> Value?
    ) -> Value {
        let found = find(names)
        let parsed = found.flatMap { parse($0.text) }
        if let found, parsed == nil {
            warn("\(found.name) (environment) must be \(form); using \(show(defaultValue))")
        }
        let value = parsed ?? defaultValue
        shown.append(.init(name: found?.name ?? names[names.count - 1], value: show(value), isSet: parsed != nil))
        return value
    }

    /// Whole milliseconds above 0.
    mutating func milliseconds(_ names: String..., default defaultValue: Duration) -> Duration {
        let value = number(names, default: Int(defaultValue / .milliseconds(1)), 1...86_400_000)
        return .milliseconds(value)
    }

    mutating func count(_ name: String, default defaultValue: Int, _ range: ClosedRange<Int>) -> Int {
        number([name], default: defaultValue, range)
    }

    private mutating func number(_ names: [String], default defaultValue: Int, _ range: ClosedRange<Int>) -> Int {
        let general = names[names.count - 1]
        let first = find(names)?.name ?? general
        return read(
            first, default: defaultValue, form: "a number from \(range.lowerBound) to \(range.upperBound)",
            parse: { Int($0).flatMap { range.contains($0) ? $0 : nil } })
    }
}

extension String {
    /// Without white space at both ends.
    var trimmed: String {
        String(drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }
}
