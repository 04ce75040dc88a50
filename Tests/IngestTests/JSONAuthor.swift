import TestSupport

/// Writes random JSON (RFC 8259) in every spelling that the grammar allows, except LF, so that each text is one line.
struct JSONAuthor {
    /// The maximum depth of nested containers.
    private static let deepest = 6

    var random: SeededGenerator

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    // MARK: Containers

    mutating func object(depth: Int = 0) -> String {
        object((0..<pick([0, 1, 2, 5])).map { _ in (string(), value(depth: depth + 1)) })
    }

    /// An object of these members, keys with their quotes.
    mutating func object(_ members: [(key: String, value: String)]) -> String {
        container("{", members.map { $0.key + space() + ":" + space() + $0.value }, "}")
    }

    mutating func array(depth: Int = 0) -> String {
        container("[", (0..<pick([0, 1, 2, 5])).map { _ in value(depth: depth + 1) }, "]")
    }

    private mutating func container(_ open: String, _ parts: [String], _ close: String) -> String {
        let inside = parts.map { space() + $0 + space() }.joined(separator: ",")
        return open + (inside.isEmpty ? space() : inside) + close
    }

    private mutating func value(depth: Int) -> String {
        switch pick(depth < Self.deepest ? 0...5 : 2...5) {
        case 0: object(depth: depth)
        case 1: array(depth: depth)
        case 2: number()
        case 3: pick(["null", "true", "false"])
        default: string()
        }
    }

    // MARK: Scalars

    mutating func string() -> String {
        "\"" + (0..<pick([0, 1, 3, 8])).map { _ in piece() }.joined() + "\""
    }

    /// A string that is not empty and has no NUL.
    mutating func identifier() -> String { "\"a" + string().dropFirst().replacing("\\u0000", with: "\\u0001") }

    private mutating func piece() -> String {
        switch pick(0...4) {
        case 0: "\\" + pick(["\"", "\\", "/", "b", "f", "n", "r", "t"])
        case 1: escape(pick([0x00, 0x1F, 0x22, 0x5C, 0x7F, 0xD7FF, 0xE000, 0xFFFF]))
        case 2: escape(pick(0xD800...0xDBFF)) + escape(pick(0xDC00...0xDFFF))
        case 3: pick(["\u{7F}", "\u{80}", "é", "e\u{301}", "\u{2028}", "\u{FEFF}", "\u{FFFF}", "\u{1F426}"])
        default: pick(["a", " ", "{", "}", "[", "]", ":", ",", "'", "payload", "0", "//"])
        }
    }

    private mutating func escape(_ unit: Int) -> String {
        let digits = String(unit, radix: 16, uppercase: pick([true, false]))
        return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    }

    private mutating func number() -> String {
        pick(["", "-"]) + pick(["0", "7", "18446744073709551616", "1234567890123456789012345678901234567890"])
            + pick(["", ".0", ".50", ".000000000000000000001"]) + pick(["", "e0", "E+07", "e-400", "e99999"])
    }

    mutating func space() -> String { pick(["", "", " ", "\t", "\r", " \t "]) }

    // MARK: Random choice

    mutating func pick<Value>(_ values: [Value]) -> Value { values[pick(0...values.count - 1)] }

    mutating func pick(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
}
