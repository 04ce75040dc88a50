import Glibc

/// The proleptic Gregorian calendar in UTC: from and to a count of days, without a time-zone database.
///
/// Works in years that begin in March, so that the leap day is the last of its year.
package enum Calendar {
    /// Days from 1970-01-01 to a date.
    package static func days(year: Int, month: Int, day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// The date that lies `days` after 1970-01-01.
    package static func date(days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * marchMonth + 2) / 5 + 1)
    }

    /// Whether such a day exists.
    package static func isValid(year: Int, month: Int, day: Int) -> Bool {
        guard (1...12).contains(month), (1...31).contains(day) else { return false }
        let back = date(days: days(year: year, month: month, day: day))
        return back == (year, month, day)
    }
}

extension WallTime {
    /// The system's clock.
    package static var system: WallTime {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return WallTime(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)
    }

    /// ISO 8601 in UTC with microseconds, e.g. `2026-11-23T13:40:02.577437Z`.
    package var iso8601: String {
        let daySeconds = Int(seconds) % 86_400 < 0 ? Int(seconds) % 86_400 + 86_400 : Int(seconds) % 86_400
        let date = Calendar.date(days: (Int(seconds) - daySeconds) / 86_400)
        let fraction = microseconds - seconds * 1_000_000
        return "\(padded(date.year, 4))-\(padded(date.month, 2))-\(padded(date.day, 2))"
            + "T\(padded(daySeconds / 3_600, 2)):\(padded(daySeconds / 60 % 60, 2)):\(padded(daySeconds % 60, 2))"
            + ".\(padded(Int(fraction), 6))Z"
    }

    /// Reads ISO 8601 as Flock writes it: with or without fraction, `Z` or an offset such as `+00:00`.
    ///
    /// - Returns: nil for any other text; a time without a zone counts as UTC.
    package init?(iso8601 text: String) {
        var scan = DigitScanner(text)
        guard let year = scan.number(digits: 4), scan.take("-"), let month = scan.number(digits: 2), scan.take("-"),
            let day = scan.number(digits: 2), scan.take("T") || scan.take("t") || scan.take(" "),
            let hour = scan.number(digits: 2), scan.take(":"), let minute = scan.number(digits: 2), scan.take(":"),
            let second = scan.number(digits: 2), Calendar.isValid(year: year, month: month, day: day),
            hour < 24, minute < 60, second <= 60
        else { return nil }
        let fraction = scan.take(".") ? scan.fraction(places: 6) : 0
        guard let fraction, let offset = scan.zoneOffset(), scan.isAtEnd else { return nil }
        let dayCount = Calendar.days(year: year, month: month, day: day)
        let seconds = dayCount * 86_400 + hour * 3_600 + minute * 60 + second - offset
        self.init(microseconds: Int64(seconds) * 1_000_000 + Int64(fraction))
    }
}

private func padded(_ number: Int, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
}

/// Takes digits and separators off the front of a text, one after the other.
package struct DigitScanner {
    private var rest: Substring.UTF8View

    package init(_ text: String) { rest = Substring(text).utf8 }

    package var isAtEnd: Bool { rest.isEmpty }

    package mutating func take(_ separator: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: separator) else { return false }
        rest.removeFirst()
        return true
    }

    /// A number of exactly so many digits.
    package mutating func number(digits: Int) -> Int? {
        let taken = rest.prefix(digits)
        guard taken.count == digits, taken.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        rest = rest.dropFirst(digits)
        return taken.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    }

    /// The digits behind a decimal point, cut to so many places: `5` is 500000 with six.
    fileprivate mutating func fraction(places: Int) -> Int? {
        let digits = rest.prefix { (0x30...0x39).contains($0) }
        guard !digits.isEmpty else { return nil }
        rest = rest.dropFirst(digits.count)
        let kept = digits.prefix(places).reduce(0) { $0 * 10 + Int($1 - 0x30) }
        return (digits.count..<max(places, digits.count)).reduce(kept) { value, _ in value * 10 }
    }

    /// The zone at the end, in seconds east of UTC.
    fileprivate mutating func zoneOffset() -> Int? {
        if isAtEnd || take("Z") || take("z") { return 0 }
        let sign = take("+") ? 1 : take("-") ? -1 : 0
        guard sign != 0, let hours = number(digits: 2) else { return nil }
        _ = take(":")
        guard let minutes = number(digits: 2), hours < 24, minutes < 60 else { return nil }
        return sign * (hours * 3_600 + minutes * 60)
    }
}
