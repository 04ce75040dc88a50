import Domain
import Status
import Terminal
import Testing

@Suite struct AttemptTextTests {
    static let lines: [(members: String, end: String)] = [
        (#""attempt":1,"status":200,"outcome":"delivered""#, "attempt 1: answered 200 in 3.5 ms, delivered"),
        (#""attempt":2,"status":204,"outcome":"delivered""#, "attempt 2: answered 204 in 3.5 ms, recovered"),
        (
            #""attempt":1,"status":503,"error":"http_503","outcome":"retry","next_attempt_at":"2026-11-23T13:40:06.577437Z""#,
            "attempt 1: answered 503 in 3.5 ms, next attempt in 4.0 s"
        ),
        (
            #""attempt":2,"error":"timeout","outcome":"retry","next_attempt_at":"never""#,
            "attempt 2: no answer in time in 3.5 ms, another attempt follows"
        ),
        (
            #""attempt":4,"error":"connection_refused","outcome":"failed""#,
            "attempt 4: connection refused in 3.5 ms, failed: no further attempt"
        ),
        (
            #""attempt":4,"error":"new_class","outcome":"failed""#,
            "attempt 4: new_class in 3.5 ms, failed: no further attempt"
        ),
    ]

    @Test("A line says when, where, what, how it ended and what comes next", arguments: lines)
    func line(_ members: String, _ end: String) throws {
        let line = AttemptText(time: Reports.time).line(try Reports.attempt(members))
        #expect(line.text(colored: false) == "15:40:02.577  https://a.example  w-1  #7 shop.Order  \(end)")
    }

    @Test("Text from outside is escaped, with and without colours")
    func hostile() throws {
        let attempt = try Reports.attempt(#""attempt":1,"error":"\u001b[2J\n\u202e","outcome":"\u0007""#)
        let line = AttemptText(time: Reports.time).line(attempt)
        #expect(line.text(colored: false).contains(#"\u001b[2J\u000a\u202e"#))
        let colored = line.text(colored: true)
        #expect(!colored.contains("\u{1B}[2J") && !colored.contains("\n") && colored.contains("\u{1B}[33m"))
    }

    @Test func missedAttemptsAreCounted() {
        #expect(AttemptText.missed(1).text(colored: false).hasPrefix("… 1 attempt is missing here"))
        #expect(AttemptText.missed(12_000).text(colored: false).hasPrefix("… 12 000 attempts are missing here"))
    }
}
