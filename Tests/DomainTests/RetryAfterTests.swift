import Domain
import Testing

@Suite struct RetryAfterTests {
    /// 1994-11-06T08:49:00Z.
    private static let now = WallTime(microseconds: 784_111_740_000_000)
    private static let year = Duration.seconds(365 * 86_400)

    static let waits: [(header: String, wait: Duration)] = [
        ("0", .zero), ("1", .seconds(1)), ("120", .seconds(120)), (" 120", .seconds(120)), ("007", .seconds(7)),
        ("000000000000120", .seconds(120)), ("99999999999999999999", year), ("31536001", year),
        ("Sun, 06 Nov 1994 08:49:37 GMT", .seconds(37)), ("Sunday, 06-Nov-94 08:49:37 GMT", .seconds(37)),
        ("Sun Nov  6 08:49:37 1994", .seconds(37)), ("Sun, 06 Nov 1994 08:49:00 GMT", .zero),
        ("Sun, 06 Nov 1994 08:48:59 GMT", .zero), ("Mon, 07 Nov 1994 08:49:00 GMT", .seconds(86_400)),
        ("Wed Nov 16 08:49:00 1994", .seconds(10 * 86_400)), ("Thu, 01 Jan 1970 00:00:00 GMT", .zero),
        ("Fri, 31 Dec 9999 23:59:59 GMT", year), ("Sun, 06 Nov 1994 08:49:60 GMT", .seconds(60)),
    ]

    @Test("Retry-After is read as seconds or as one of three date formats", arguments: waits)
    func reads(_ header: String, _ wait: Duration) {
        #expect(RetryAfter.wait(header, now: Self.now) == wait)
    }

    @Test(
        "Any other Retry-After is ignored",
        arguments: [
            "", " ", "-1", "+1", "1.5", "1e3", "0x10", "soon", "120s", "1 2", "\u{0661}", "2026-11-23T13:40:02Z",
            "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 06 Nov 1994 08:49:37 +0000",
            "Sun, 31 Nov 1994 08:49:37 GMT", "Sun, 00 Nov 1994 08:49:37 GMT",
            "Sun, 9223372036854775807 Nov 1994 08:49:37 GMT", "Sun, -9223372036854775808 Nov 1994 08:49:37 GMT",
            "Sun, 06 nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 06 Nov 1994 08:60:37 GMT", "Sun, 06 Nov 1994 08:49:61 GMT",
            "Sun, 06 Nov 1994 8:49:37 GMT", "Sun, 06 Nov 1994 08:49 GMT", "Sun, 06 Nov 99999 08:49:37 GMT",
            "Sun, xx Nov 1994 08:49:37 GMT", "Sun, 06 Nov year 08:49:37 GMT", "GMT", "Sun Nov 6 1994",
        ])
    func ignores(_ header: String) {
        #expect(RetryAfter.wait(header, now: Self.now) == nil)
    }
}
