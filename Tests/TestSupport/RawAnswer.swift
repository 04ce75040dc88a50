/// What a ``RawReceiver`` does with a request.
package enum RawAnswer: Sendable {
    /// These bytes, and the connection stays.
    case bytes(String)
    /// These bytes, and the connection is closed; with none, it is just closed.
    case bytesThenClose(String)
    /// These bytes, and the connection is closed a while later, whatever comes in between.
    case thenClose(String, after: Duration)
    /// No answer at all.
    case hang
    /// The connection is cut off with a TCP reset.
    case reset
    /// These bytes one by one.
    case drip(String, every: Duration)
    indirect case after(Duration, RawAnswer)

    /// A sound answer without a body.
    package static func status(_ status: Int, _ headers: [String: String] = [:]) -> RawAnswer {
        let lines = headers.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)\r\n" }.joined()
        return .bytes("HTTP/1.1 \(status) Scripted\r\n\(lines)Content-Length: 0\r\n\r\n")
    }

    package static let ok = RawAnswer.status(200)

    /// Ends the process with Foundation's own HTTP code on Linux: row 1 of urlsession.md.
    package static let truncatedHeader = RawAnswer.bytesThenClose("HTTP/1.1 200 OK\r\nContent-Le")

    /// Ends the process with Foundation's own HTTP code on Linux: row 2 of urlsession.md.
    package static func deadlyRedirect(_ location: String = "//%00/") -> RawAnswer {
        .status(302, ["Location": location])
    }
}
