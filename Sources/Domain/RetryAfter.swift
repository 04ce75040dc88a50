/// The `Retry-After` header (RFC 9110, 10.2.3): seconds, or a date in one of the three forms of RFC 9110, 5.6.7.
package enum RetryAfter {
    /// The longest wait returned. Limits absurd values, which could overflow later calculations.
    private static let longest = Duration.seconds(365 * 86_400)

    /// - Returns: the wait from now, zero for a date in the past, nil for an invalid header.
    package static func wait(_ header: String, now: WallTime) -> Duration? {
        let text = header.drop { $0 == " " }
        if !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            return min(Int64(text).map { .seconds($0) } ?? longest, longest)
        }
        guard let date = date(String(text)) else { return nil }
        return min(max(date - now, .zero), longest)
    }

    private static let months = [
        "Jan": 1, "Feb": 2, "Mar": 3, "Apr": 4, "May": 5, "Jun": 6, "Jul": 7, "Aug": 8, "Sep": 9, "Oct": 10,
        "Nov": 11, "Dec": 12,
    ]

    private static func date(_ text: String) -> WallTime? {
        let words = text.split { $0 == " " || $0 == "-" || $0 == "," }.map(String.init)
        // Sun, 06 Nov 1994 08:49:37 GMT and Sunday, 06-Nov-94 08:49:37 GMT
        if words.count == 6, words[5] == "GMT" {
            return time(day: words[1], month: words[2], year: words[3], clock: words[4])
        }
        // Sun Nov  6 08:49:37 1994
        guard words.count == 5 else { return nil }
        return time(day: words[2], month: words[1], year: words[4], clock: words[3])
    }

    private static func time(day: String, month: String, year: String, clock: String) -> WallTime? {
        guard let day = Int(day), let month = months[month], var fullYear = Int(year) else { return nil }
        if year.count == 2 { fullYear += fullYear < 70 ? 2000 : 1900 }
        guard fullYear < 10_000, GregorianCalendar.isValid(year: fullYear, month: month, day: day) else { return nil }
        var scan = DigitScanner(clock)
        guard let hour = scan.number(digits: 2), scan.take(":"), let minute = scan.number(digits: 2), scan.take(":"),
            let second = scan.number(digits: 2), scan.isAtEnd, hour < 24, minute < 60, second <= 60
        else { return nil }
        let days = GregorianCalendar.days(year: fullYear, month: month, day: day)
        return WallTime(microseconds: Int64(days * 86_400 + hour * 3_600 + minute * 60 + second) * 1_000_000)
    }
}
