/// How a setting's value is parsed from text, and shown as text.
struct SettingForm<Value: Sendable>: Sendable {
    enum Arity {
        case one
        /// Repeated on the command line, joined by commas in the environment, an array in a file.
        case list
        /// Set by its name alone on the command line, without a value.
        case flag
    }

    /// The accepted form with its range, to follow "must be".
    let words: String
    var arity = Arity.one
    var notation = SettingNotation.any
    /// - Returns: nil for text of another form.
    /// - Throws: what is wrong with text of this form.
    let parse: @Sendable (String) throws -> Value?
    let show: @Sendable (Value) -> String
}

extension SettingForm {
    /// This form, or none if the text is empty.
    func orNone() -> SettingForm<Value?> {
        SettingForm<Value?>(
            words: words, notation: notation,
            parse: { text in text.isEmpty ? .some(nil) : try parse(text).map { .some($0) } },
            show: { $0.map(show) ?? "none" })
    }
}

extension SettingForm<String> {
    static func path(_ words: String) -> Self {
        Self(words: words, notation: .path, parse: { $0.isEmpty ? nil : $0 }, show: { $0 })
    }
}

extension SettingForm<Bool> {
    static var flag: Self {
        Self(words: "true or false", arity: .flag, parse: { Bool($0) }, show: { "\($0)" })
    }
}

extension SettingForm<Int> {
    static func number(_ range: ClosedRange<Int>) -> Self {
        Self(
            words: "a number from \(range.lowerBound) to \(range.upperBound)",
            parse: { Int($0).flatMap { range.contains($0) ? $0 : nil } }, show: { "\($0)" })
    }

    /// Bytes.
    static func size(_ words: String, _ range: ClosedRange<Int>) -> Self {
        Self(
            words: "a number \(words)",
            parse: { SettingText.size($0).flatMap { range.contains($0) ? $0 : nil } }, show: { "\($0)B" })
    }

    /// A number of URLSessions; 0 means one per core, at most four.
    static func sessions(cores: Int) -> Self {
        Self(
            words: "a number from 1 to 16, or 0 for one per core, at most 4",
            parse: { text in
                guard let number = Int(text), (0...16).contains(number) else { return nil }
                return number == 0 ? min(4, max(1, cores)) : number
            }, show: { "\($0)" })
    }
}

extension SettingForm<Double> {
    static func fraction(_ range: ClosedRange<Int>) -> Self {
        Self(
            words: "a number from \(range.lowerBound) to \(range.upperBound)",
            parse: { text in
                guard let number = Double(text) else { return nil }
                return (Double(range.lowerBound)...Double(range.upperBound)).contains(number) ? number : nil
            }, show: { "\($0)" })
    }
}

extension SettingForm<Duration> {
    static var duration: Self {
        Self(
            words: "a number with ms, s, m or h, e.g. 10s, up to 876600h", parse: { SettingText.duration($0) },
            show: { SettingText.show($0) })
    }

    static var positiveDuration: Self {
        Self(
            words: "a number above 0 with ms, s, m or h, e.g. 10s, up to 876600h",
            parse: { SettingText.duration($0).flatMap { $0 > .zero ? $0 : nil } }, show: { SettingText.show($0) })
    }
}

extension SettingForm<UInt32> {
    /// Permissions of a file.
    static var mode: Self {
        Self(
            words: "an octal mode, e.g. 0660", notation: .string, parse: { SettingText.mode($0) },
            show: { "0" + String($0, radix: 8) })
    }
}

extension SettingForm where Value: RawRepresentable<String> & CaseIterable {
    static var choice: Self {
        let names = Value.allCases.map(\.rawValue)
        let words = names.count == 2 ? names.joined(separator: " or ") : names.dropLast().joined(separator: ", ")
        return Self(
            words: names.count == 2 ? words : "\(words) or \(names.last ?? "")",
            parse: { Value(rawValue: $0) }, show: \.rawValue)
    }
}

extension SettingForm {
    /// Elements joined by commas.
    static func list<Element>(
        _ words: String, _ parse: @escaping @Sendable (String) -> Element?,
        show: @escaping @Sendable (Element) -> String
    ) -> SettingForm<[Element]> {
        SettingForm<[Element]>(
            words: words, arity: .list,
            parse: { text in
                let elements = text.split(separator: ",").map { $0.filter { $0 != " " } }.filter { !$0.isEmpty }
                let parsed = elements.compactMap(parse)
                return parsed.count == elements.count ? parsed : nil
            }, show: { $0.isEmpty ? "none" : $0.map(show).joined(separator: ",") })
    }
}
