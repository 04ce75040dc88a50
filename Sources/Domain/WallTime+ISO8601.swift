import Glibc

extension WallTime {
    /// The time of the system's clock.
    package static var system: WallTime {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return WallTime(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)
    }

    /// ISO 8601 in UTC with microseconds, e.g. `2026-11-23T13:40:02.577437Z`.
    package var iso8601: String {
        let daySeconds = Int(seconds) % 86_400 < 0 ? Int(seconds) % 86_400 + 86_400 : Int(seconds) % 86_400
        let date = GregorianCalendar.date(days: (Int(seconds) - daySeconds) / 86_400)
        let fraction = microseconds - seconds * 1_000_000
        var text = ""
        for (number, width, end) in [
            (date.year, 4, "-"), (date.month, 2, "-"), (date.day, 2, "T"), (daySeconds / 3_600, 2, ":"),
            (daySeconds / 60 % 60, 2, ":"), (daySeconds % 60, 2, "."), (Int(fraction), 6, "Z"),
        ] {
            let digits = String(number)
            for _ in digits.utf8.count..<max(width, digits.utf8.count) { text += "0" }
            text += digits
            text += end
        }
        return text
    }

    /// Parses ISO 8601 as Flock writes it, with or without a fraction, with `Z` or an offset such as `+00:00`. A time
    /// without a zone is UTC.
    ///
    /// - Returns: nil for any other text.
    package init?(iso8601 text: String) {
        var scan = DigitScanner(text)
        guard let year = scan.number(digits: 4), scan.take("-"), let month = scan.number(digits: 2), scan.take("-"),
            let day = scan.number(digits: 2), scan.take("T") || scan.take("t") || scan.take(" "),
            let hour = scan.number(digits: 2), scan.take(":"), let minute = scan.number(digits: 2), scan.take(":"),
            let second = scan.number(digits: 2), GregorianCalendar.isValid(year: year, month: month, day: day),
            hour < 24, minute < 60, second <= 60
        else { return nil }
        let fraction = scan.take(".") ? scan.fraction(places: 6) : 0
        guard let fraction, let offset = scan.zoneOffset(), scan.isAtEnd else { return nil }
        let dayCount = GregorianCalendar.days(year: year, month: month, day: day)
        let seconds = dayCount * 86_400 + hour * 3_600 + minute * 60 + second - offset
        self.init(microseconds: Int64(seconds) * 1_000_000 + Int64(fraction))
    }
}
