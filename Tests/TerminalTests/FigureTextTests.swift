import Terminal
import Testing

@Suite struct FigureTextTests {
    static let counts: [(Int, String)] = [
        (0, "0"), (999, "999"), (1_000, "1 000"), (12_345, "12 345"), (1_234_567, "1 234 567"), (-1_000, "-1 000"),
    ]

    @Test("Counts are grouped in threes", arguments: counts)
    func count(_ number: Int, _ text: String) { #expect(FigureText.count(number) == text) }

    static let percents: [(Double, String)] = [
        (1, "100 %"), (0.99999, "99.99 %"), (0.999, "99.9 %"), (0.99, "99 %"), (0.9876, "98.8 %"), (0.8, "80 %"),
        (0.00001, "0.1 %"), (0, "0 %"),
    ]

    @Test("A share is never rounded to all or nothing", arguments: percents)
    func percent(_ share: Double, _ text: String) { #expect(FigureText.percent(share) == text) }

    static let times: [(Double, String)] = [
        (0, "0.0 ms"), (0.84, "0.8 ms"), (9.96, "10 ms"), (36.4, "36 ms"), (999.6, "1.00 s"), (1_236, "1.24 s"),
        (12_000, "12 s"), (125_000, "2 min 5 s"),
    ]

    @Test("A measured time has few digits", arguments: times)
    func milliseconds(_ milliseconds: Double, _ text: String) {
        #expect(FigureText.milliseconds(milliseconds) == text)
    }

    static let durations: [(Double, String)] = [
        (-1, "0.0 s"), (0.2, "0.2 s"), (9.96, "10 s"), (59.6, "1 min"), (61, "1 min 1 s"), (659, "10 min"),
        (3_599, "59 min"), (3_600, "1 h"), (11_100, "3 h 5 min"), (90_000, "1 d 1 h"), (.infinity, "?"), (.nan, "?"),
    ]

    @Test("A wait has at most two units", arguments: durations)
    func duration(_ seconds: Double, _ text: String) { #expect(FigureText.duration(seconds) == text) }

    static let sizes: [(Int, String)] = [
        (0, "0 B"), (1_023, "1023 B"), (1_024, "1.0 KiB"), (150_000, "146 KiB"), (4 << 30, "4.0 GiB"),
    ]

    @Test("A size has a binary unit", arguments: sizes)
    func bytes(_ bytes: Int, _ text: String) { #expect(FigureText.bytes(bytes) == text) }
}
