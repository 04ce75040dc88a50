import Domain
import Testing

@Suite struct CalendarTests {
    static let known: [(year: Int, month: Int, day: Int, days: Int)] = [
        (1970, 1, 1, 0), (1969, 12, 31, -1), (2000, 2, 29, 11_016), (2000, 3, 1, 11_017), (2024, 2, 29, 19_782),
        (2026, 11, 23, 20_780), (2100, 3, 1, 47_541), (1900, 2, 28, -25_509), (1900, 3, 1, -25_508),
        (1600, 2, 29, -135_081), (1, 1, 1, -719_162), (9999, 12, 31, 2_932_896),
    ]

    @Test(arguments: known)
    func dayNumbersOfKnownDates(_ year: Int, _ month: Int, _ day: Int, _ days: Int) {
        #expect(GregorianCalendar.days(year: year, month: month, day: day) == days)
        let isThatDay = GregorianCalendar.date(days: days) == (year, month, day)
        #expect(isThatDay)
    }

    @Test func everyDayOfFourHundredYearsFollowsTheOneBefore() {
        let lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        var days = GregorianCalendar.days(year: 1800, month: 1, day: 1)
        var strange: [Int] = []
        for year in 1800..<2200 {
            let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
            for month in 1...12 {
                for day in 1...lengths[month - 1] + (month == 2 && isLeap ? 1 : 0) {
                    let isRight =
                        GregorianCalendar.date(days: days) == (year, month, day)
                        && GregorianCalendar.days(year: year, month: month, day: day) == days
                    if !isRight { strange.append(days) }
                    days += 1
                }
            }
        }
        #expect(strange.isEmpty)
        #expect(days == GregorianCalendar.days(year: 2200, month: 1, day: 1))
    }

    @Test(arguments: [
        (2023, 2, 29), (1900, 2, 29), (2024, 2, 30), (2024, 4, 31), (2024, 13, 1), (2024, 0, 1), (2024, 1, 0),
        (2024, 1, .max), (2024, 1, .min), (2024, .max, 1),
    ])
    func invalidDatesAreRejected(_ year: Int, _ month: Int, _ day: Int) {
        #expect(!GregorianCalendar.isValid(year: year, month: month, day: day))
    }

    @Test(arguments: [(2024, 2, 29), (2000, 2, 29), (2024, 12, 31), (2024, 1, 1)])
    func validDatesAreAccepted(_ year: Int, _ month: Int, _ day: Int) {
        #expect(GregorianCalendar.isValid(year: year, month: month, day: day))
    }
}
