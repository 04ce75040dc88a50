/// Writes figures for people: few digits, always with a unit.
package enum FigureText {
    /// Digits in groups of three, e.g. `1 234 567`.
    package static func count(_ count: Int) -> String {
        let digits = Array(String(count.magnitude))
        let groups = stride(from: digits.count, to: 0, by: -3).reversed().map { end in
            String(digits[max(end - 3, 0)..<end])
        }
        return (count < 0 ? "-" : "") + groups.joined(separator: " ")
    }

    /// `1 delivery`, `2 deliveries`.
    package static func count(_ number: Int, _ one: String, _ many: String) -> String {
        "\(count(number)) \(number == 1 ? one : many)"
    }

    /// A duration that was measured, e.g. `0.8 ms`, `36 ms`, `1.24 s`, `2 min 5 s`.
    package static func milliseconds(_ milliseconds: Double) -> String {
        switch milliseconds {
        case ..<9.95: "\(decimal(milliseconds, 1)) ms"
        case ..<999.5: "\(Int(milliseconds.rounded())) ms"
        case ..<9_995: "\(decimal(milliseconds / 1_000, 2)) s"
        default: duration(milliseconds / 1_000)
        }
    }

    /// A wait or an age, e.g. `0.2 s`, `45 s`, `12 min`, `3 h 5 min`, `2 d 3 h`.
    package static func duration(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds < 1e12 else { return "?" }
        let whole = Int(max(seconds, 0).rounded())
        return switch max(seconds, 0) {
        case ..<9.95: "\(decimal(max(seconds, 0), 1)) s"
        case ..<59.5: "\(whole) s"
        case ..<600: joined(whole / 60, "min", whole % 60, "s")
        case ..<3_600: "\(whole / 60) min"
        case ..<86_400: joined(whole / 3_600, "h", whole / 60 % 60, "min")
        default: joined(whole / 86_400, "d", whole / 3_600 % 24, "h")
        }
    }

    /// e.g. `512 B`, `3.4 MiB`.
    package static func bytes(_ bytes: Int) -> String {
        if bytes < 1_024 { return "\(bytes) B" }
        var size = Double(bytes)
        var unit = ""
        for next in ["KiB", "MiB", "GiB", "TiB"] where size >= 1_000 {
            size /= 1_024
            unit = next
        }
        return "\(size < 99.95 ? decimal(size, 1) : String(Int(size.rounded()))) \(unit)"
    }

    /// A share from 0 to 1, e.g. `99.97 %`. Only the whole is `100 %`, and only nothing is `0 %`.
    package static func percent(_ share: Double) -> String {
        switch share {
        case 1...: "100 %"
        case ...0: "0 %"
        case 0.99...: "\(short(min(share * 100, 99.99), 2)) %"
        default: "\(short(max(share * 100, 0.1), 1)) %"
        }
    }

    /// Without zeros at the end.
    private static func short(_ number: Double, _ places: Int) -> String {
        let text = decimal(number, places)
        return String(text.reversed().drop { $0 == "0" }.drop { $0 == "." }.reversed())
    }

    /// A number with so many decimals, e.g. `3.50`; rounded.
    package static func decimal(_ number: Double, _ places: Int) -> String {
        let scale = (0..<places).reduce(1.0) { scale, _ in scale * 10 }
        guard (number * scale).magnitude < 1e15 else { return "?" }
        let scaled = Int((number * scale).rounded())
        let fraction = String(scaled.magnitude % UInt(scale))
        let zeros = String(repeating: "0", count: max(places - fraction.count, 0))
        let whole = "\(scaled < 0 ? "-" : "")\(scaled.magnitude / UInt(scale))"
        return places == 0 ? whole : "\(whole).\(zeros)\(fraction)"
    }

    private static func joined(_ large: Int, _ largeUnit: String, _ small: Int, _ smallUnit: String) -> String {
        small == 0 ? "\(large) \(largeUnit)" : "\(large) \(largeUnit) \(small) \(smallUnit)"
    }
}
