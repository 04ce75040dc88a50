import Domain
import Testing

@Suite struct WallTimeTests {
    static let times: [(text: String, microseconds: Int64)] = [
        ("1970-01-01T00:00:00Z", 0),
        ("2026-11-23T13:40:02.577437Z", 1_795_441_202_577_437),
        ("2026-11-23T13:40:02.577437+00:00", 1_795_441_202_577_437),
        ("2026-11-23T15:10:02.577437+01:30", 1_795_441_202_577_437),
        ("2026-11-23T05:40:02.577437-0800", 1_795_441_202_577_437),
        ("2026-11-23t13:40:02.577437z", 1_795_441_202_577_437),
        ("2026-11-23 13:40:02.577437", 1_795_441_202_577_437),
        ("2026-11-23T13:40:02.5774379999Z", 1_795_441_202_577_437),
        ("2026-11-23T13:43:08.071954+00:00", 1_795_441_388_071_954),
        ("2024-02-29T00:00:00+00:00", 1_709_164_800_000_000),
        ("2024-02-29T00:00:00.5Z", 1_709_164_800_500_000),
        ("2024-02-29T00:00:00.000001Z", 1_709_164_800_000_001),
        ("2024-02-28T23:59:60Z", 1_709_164_800_000_000),
        ("1969-12-31T23:59:59.999999Z", -1),
    ]

    @Test("A time as Flock or Python writes it is read to the microsecond", arguments: times)
    func reads(_ text: String, _ microseconds: Int64) {
        #expect(WallTime(iso8601: text)?.microseconds == microseconds)
    }

    @Test(
        "Any other text is rejected as a time",
        arguments: [
            "", "2026", "2026-11-23", "2026-11-23T", "2026-11-23T13:40Z", "2026-11-23T24:00:00Z",
            "2026-11-23T13:60:00Z", "2026-11-23T13:40:61Z", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z",
            "2026-00-01T00:00:00Z", "2026-11-00T00:00:00Z", "2026-11-31T00:00:00Z", "2026-11-23T13:40:02.Z",
            "2026-11-23T13:40:02,5Z", "2026-11-23T13:40:02ZZ", "2026-11-23T13:40:02+24:00", "2026-11-23T13:40:02+00:60",
            "2026-11-23T13:40:02+0", "2026-11-23T13:40:02 UTC", "26-11-23T13:40:02Z", "+2026-11-23T13:40:02Z",
            "2026/11/23T13:40:02Z", " 2026-11-23T13:40:02Z", "2026-11-23T13:40:02Z ", "1795441202", "now",
            "\u{0662}026-11-23T13:40:02Z",
        ])
    func rejects(_ text: String) {
        #expect(WallTime(iso8601: text) == nil)
    }

    static let written: [(microseconds: Int64, text: String)] = [
        (0, "1970-01-01T00:00:00.000000Z"), (1_795_441_202_577_437, "2026-11-23T13:40:02.577437Z"),
        (1_709_164_800_000_001, "2024-02-29T00:00:00.000001Z"), (-1, "1969-12-31T23:59:59.999999Z"),
        (-86_400_000_000, "1969-12-31T00:00:00.000000Z"), (-86_400_000_001, "1969-12-30T23:59:59.999999Z"),
    ]

    @Test(arguments: written)
    func isWrittenInUTCWithMicroseconds(_ microseconds: Int64, _ text: String) {
        #expect(WallTime(microseconds: microseconds).iso8601 == text)
        #expect(WallTime(iso8601: text)?.microseconds == microseconds)
    }

    @Test func wholeSecondsAreRoundedDown() {
        #expect(WallTime(microseconds: 1_999_999).seconds == 1)
        #expect(WallTime(microseconds: -1).seconds == -1)
        #expect(WallTime(microseconds: -1_000_000).seconds == -1)
        #expect(WallTime(microseconds: -1_000_001).seconds == -2)
    }

    @Test func addingADifferenceGivesTheOtherTime() {
        let start = WallTime(microseconds: 10)
        #expect(start + .milliseconds(2) == WallTime(microseconds: 2_010))
        #expect(WallTime(microseconds: 4) - start == .microseconds(-6))
        #expect(WallTime(microseconds: 4) < start)
        #expect(Duration.microseconds(1_999).milliseconds == 1)
        #expect(Duration.milliseconds(1_500).inSeconds == 1.5)
    }
}
