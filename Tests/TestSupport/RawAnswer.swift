/// What a ``RawReceiver`` does with a request.
package enum RawAnswer: Sendable {
    /// These bytes; the connection stays open.
    case bytes(String)
    /// These bytes; then the connection is closed. The bytes may be empty.
    case bytesThenClose(String)
    /// These bytes; after a delay the connection is closed, even if requests arrive meanwhile.
    case thenClose(String, after: Duration)
    /// No answer at all.
    case hang
    /// The connection ends with a TCP reset.
    case reset
    /// These bytes one by one.
    case drip(String, every: Duration)
    indirect case after(Duration, RawAnswer)

    /// A valid answer without a body.
    package static func status(_ status: Int, _ headers: [String: String] = [:]) -> RawAnswer {
        let lines = headers.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)\r\n" }.joined()
        return .bytes("HTTP/1.1 \(status) Scripted\r\n\(lines)Content-Length: 0\r\n\r\n")
    }

    package static let ok = RawAnswer.status(200)

    /// Crashes Foundation's own HTTP code on Linux: row 1 of docs/urlsession.md.
    package static let truncatedHeader = RawAnswer.bytesThenClose("HTTP/1.1 200 OK\r\nContent-Le")

    /// Crashes Foundation's own HTTP code on Linux: row 2 of docs/urlsession.md.
    package static func deadlyRedirect(_ location: String = "//%00/") -> RawAnswer {
        .status(302, ["Location": location])
    }
}
