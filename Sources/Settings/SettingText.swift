internal import Domain

/// The text forms of durations, sizes, modes and proxies. Each parser returns nil for text of another form.
package enum SettingText {
    /// A number with `ms`, `s`, `m` or `h`; at most a hundred years, so that sums of durations do not overflow.
    package static func duration(_ text: String) -> Duration? {
        let units = [("ms", 0.001), ("s", 1.0), ("m", 60.0), ("h", 3_600.0)]
        guard let seconds = scaled(text, units), seconds <= 876_600 * 3_600 else { return nil }
        return .milliseconds(Int64((seconds * 1_000).rounded()))
    }

    static func show(_ duration: Duration) -> String {
        duration.milliseconds % 1_000 == 0 ? "\(duration.milliseconds / 1_000)s" : "\(duration.milliseconds)ms"
    }

    /// A number with `B`, `KiB`, `MiB` or `GiB`; in bytes.
    package static func size(_ text: String) -> Int? {
        let units = [("KiB", 1_024.0), ("MiB", 1_048_576.0), ("GiB", 1_073_741_824.0), ("B", 1.0)]
        return scaled(text, units).map { Int($0) }
    }

    /// An octal file mode up to 0777.
    package static func mode(_ text: String) -> UInt32? {
        UInt32(text, radix: 8).flatMap { $0 <= 0o777 ? $0 : nil }
    }

    /// The origin of an HTTP proxy.
    static func proxy(_ text: String) -> Origin? {
        guard let url = try? WebhookURL(text), url.origin.scheme == .http, url.target == "/" else { return nil }
        return url.origin
    }

    private static func scaled(_ text: String, _ units: [(String, Double)]) -> Double? {
        guard let unit = units.first(where: { text.hasSuffix($0.0) }) else { return nil }
        let digits = text.dropLast(unit.0.count)
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x2E }),
            let number = Double(digits), number * unit.1 < 1e15
        else { return nil }
        return number * unit.1
    }
}
