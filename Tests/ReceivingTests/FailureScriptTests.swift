import Receiving
import Testing

@Suite struct FailureScriptTests {
    typealias Act = FailureScript.Act

    static let scripts: [(script: String, acts: [Act])] = [
        ("500", [.answer(500), .answer(500), .answer(500)]), ("500x2", [.answer(500), .answer(500), .succeed]),
        ("500x1,503x1", [.answer(500), .answer(503), .succeed]),
        ("302x1", [.answer(302), .succeed, .succeed]), ("hang", [.hang, .hang, .hang]),
        ("hangx1", [.hang, .succeed, .succeed]), ("hangx1,503", [.hang, .answer(503), .answer(503)]),
        ("200", [.answer(200), .answer(200), .answer(200)]), ("0%", [.succeed, .succeed, .succeed]),
        ("100%", [.answer(500), .answer(500), .answer(500)]),
        ("410x1,30%", [.answer(410), .answer(500), .answer(500)]),
    ]

    @Test("A script decides each attempt; here the random value is 0.29", arguments: scripts)
    func acts(_ text: String, _ acts: [Act]) throws {
        let script = try #require(FailureScript(text))
        #expect((0..<3).map { script.act(seen: $0, chance: 0.29) } == acts)
    }

    @Test func aPercentageFailsThatShareOfAttempts() throws {
        let script = try #require(FailureScript("30%"))
        #expect(script.act(seen: 0, chance: 0.299) == .answer(500))
        #expect(script.act(seen: 0, chance: 0.3) == .succeed)
        let half = try #require(FailureScript("0.5%"))
        #expect(half.act(seen: 9, chance: 0.004) == .answer(500))
        #expect(half.act(seen: 9, chance: 0.005) == .succeed)
    }

    @Test func withoutAScriptEveryAttemptSucceeds() {
        #expect(FailureScript.none.act(seen: 0, chance: 0) == .succeed)
    }

    @Test(
        "No script",
        arguments: [
            "", ",", "500,", ",500", "x", "x2", "500x", "500x0", "500x-1", "500x2x3", "500 x2", "199", "600", "5000",
            "abc", "Hang", "hang x1", "%", "101%", "-1%", "nan%", "inf%", "30 %", "30", "0x5",
        ])
    func rejects(_ text: String) { #expect(FailureScript(text) == nil) }
}
