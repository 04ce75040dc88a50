import Domain
import Status
import Terminal
import Testing

@Suite struct WatchScreenTests {
    private static let hostile = "\u{1B}[2J\u{9B}31m\n\u{202E}日本" + String(repeating: "x", count: 256)
    private let screen = WatchScreen(now: Reports.now, time: Reports.time)

    private static let busy = Reports.status(
        failed: 40, recovered: 30, pending: 1_000, oldest: 12,
        origins: [Reports.lane(hostile, "hanging", pending: 500, error: "timeout")]
            + (1...999).map { Reports.lane("o\($0)", "failing", error: "http_500") }, total: 5_000,
        failures: (1...20).map { Reports.failure("w\($0)\(hostile)", origin: hostile) })

    static let sizes: [(columns: Int, rows: Int)] = [
        (80, 24), (200, 60), (120, 34), (40, 12), (20, 5), (10, 2), (1, 1), (80, 1), (500, 300),
    ]

    @Test("A screen fits into every size", arguments: sizes)
    func fits(_ columns: Int, _ rows: Int) {
        let size = ScreenSize(columns: columns, rows: rows)
        for state in [Reports.watched(Self.busy), Reports.watched(Reports.status())] {
            let lines = screen.lines(state, size: size)
            #expect(lines.count == rows)
            for line in lines {
                let shown = line.text(colored: false, limit: columns - 1)
                #expect(TextWidth.columns(shown) <= max(columns - 1, 0))
                #expect(shown.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control })
            }
        }
    }

    @Test("80 × 24 shows figures, history, the worst origins, the latest failures and the keys")
    func usual() {
        let report = Reports.status(
            delivered: 97, failed: 3, recovered: 9, pending: 31, oldest: 65,
            origins: [
                Reports.lane("a", "hanging", pending: 12, error: "timeout"), Reports.lane("b", paused: 30),
                Reports.lane("c", pending: 120),
            ], failures: [Reports.failure("w-1"), Reports.failure("w-2")])
        let lines = screen.lines(
            Reports.watched(report, history: Reports.history([0, 10, 20, 40])), size: ScreenSize(columns: 80, rows: 24)
        ).plain
        #expect(lines[0] == "flock-relay 1.2.3  up 1 h 5 min  2026-11-23 15:40:02")
        #expect(lines[1].hasPrefix("Trouble: 1 origin does not answer; 97 % delivered"))
        #expect(lines[3] == "delivered 12.3/s           failed attempts 0.5/s     in flight 0               ")
        #expect(lines[4].hasPrefix("share delivered 97 %       recovered 75 %            pending 31"))
        #expect(lines[5].hasPrefix("p50 / p95 3.5 ms / 36 ms   p99 80 ms                 oldest 1 min 5 s"))
        #expect(lines[6] == "sessions 2, with 1 in flight on 6 connections   outbox 0 B of 4.0 GiB")
        #expect(lines[8].hasPrefix("last 5 min"))
        #expect(lines[9].hasPrefix("delivered ") && lines[9].contains("█ max "))
        #expect(lines[13].split(separator: " ").prefix(3) == ["STATE", "FOR", "PENDING"])
        #expect(
            lines[14].split(separator: " ").joined(separator: " ")
                == "hanging 1 min 5 s 12 1 https://a.example no answer in time, next in 2.0 s")
        #expect(lines[15].hasPrefix("paused") && lines[15].contains("pause asked for until 15:40:32"))
        #expect(lines[16].contains("120+"))
        #expect(lines[18].hasPrefix("WHEN"))
        #expect(lines[19].hasPrefix("15:39:52  10 s  w-1           #7  no answer in time, 4 attempts"))
        #expect(lines[20].contains("w-2"))
        #expect(lines[23] == "q quit   space pause")
    }

    @Test("The screen says that it is paused, or that the relay does not answer")
    func states() {
        var state = Reports.watched(Reports.status())
        state.isPaused = true
        let size = ScreenSize(columns: 80, rows: 24)
        let paused = screen.lines(state, size: size).plain
        #expect(paused[0].hasSuffix("paused") && paused[23] == "q quit   space resume")
        state.lostSince = Reports.now
        #expect(screen.lines(state, size: size).plain[1].hasPrefix("The relay has not answered since 15:40:02"))
    }

    @Test("A frame is one text that overwrites the one before, and has colours only if wanted")
    func frame() {
        let size = ScreenSize(columns: 30, rows: 5)
        let lines = screen.lines(Reports.watched(Self.busy), size: size)
        let plain = Frame.text(lines, size: size, colored: false)
        #expect(plain.hasPrefix("\u{1B}[H") && plain.hasSuffix("\u{1B}[K\u{1B}[J"))
        #expect(plain.replacing("\r\n", with: "\n").split(separator: "\n").count == 5)
        #expect(!plain.contains("\u{1B}[31m"))
        #expect(Frame.text(lines, size: size, colored: true).contains("\u{1B}[31mTrouble\u{1B}[0m"))
    }
}
