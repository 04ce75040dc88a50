import Domain
import Testing
import Transport

/// Reads a response line by line, as libcurl passes it on, and decides the outcome of the attempt.
@Suite struct ResponseReaderTests {
    /// Takes the lines of a response; each block's status is that of its status line.
    private func read(_ text: String) -> ResponseReader {
        var reader = ResponseReader()
        var status = 0
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            if line.hasPrefix("HTTP/") { status = Int(line.split(separator: " ")[1].prefix(3)) ?? 0 }
            guard reader.takeHeader(Array("\(line)\n".utf8), status: { status }) else { break }
        }
        return reader
    }

    @Test("The final header block decides the outcome when it ends, and not before")
    func finalBlock() {
        #expect(read("HTTP/1.1 200 OK\nA: b\n").outcome == nil)
        #expect(read("HTTP/1.1 200 OK\nA: b\n\n").outcome == .answered(status: 200, retryAfter: nil))
    }

    @Test("Interim responses and their headers decide nothing", arguments: [100, 101, 102, 103, 199])
    func interim(_ status: Int) {
        let interim = "HTTP/1.1 \(status) Wait\nRetry-After: 7\n\n"
        #expect(read(interim).outcome == nil)
        #expect(read(interim + "HTTP/1.1 503 No\n\n").outcome == .answered(status: 503, retryAfter: nil))
    }

    @Test("Trailers change nothing")
    func trailers() {
        let text = "HTTP/1.1 429 No\nRetry-After: 1\n\nRetry-After: 9\n\n"
        #expect(read(text).outcome == .answered(status: 429, retryAfter: "1"))
    }

    @Test(
        "Retry-After is read in any position and spelling",
        arguments: [
            ("Retry-After: 2", "2"), ("retry-after:2", "2"), ("RETRY-AFTER \t: \t2 \t", "2"), ("rEtRy-aFtEr:", ""),
            ("Retry-After: Fri, 31 Dec 1999 23:59:59 GMT", "Fri, 31 Dec 1999 23:59:59 GMT"),
            ("Retry-Afte: 2", nil), ("XRetry-After: 2", nil), ("Retry-After-More: 2", nil), ("Retry-After 2", nil),
            ("Retry-After: caf\u{E9}", nil), ("Retry-After: \u{1}", nil),
            ("Retry-After: " + String(repeating: "1", count: 65), nil),
        ] as [(String, String?)])
    func retryAfter(_ line: String, _ value: String?) {
        let others = String(repeating: "Range: x\n", count: 200)
        for text in [line + "\n" + others, others + line + "\n"] {
            #expect(read("HTTP/1.1 503 No\n\(text)\n").outcome == .answered(status: 503, retryAfter: value))
        }
    }

    @Test("Headers beyond the limit end the transfer; those of interim responses count, too")
    func tooLargeHeaders() {
        let line = "X: " + String(repeating: "x", count: 1_020) + "\n"
        let maxLines = ResponseReader.maxHeaderBytes / line.utf8.count - 1
        #expect(!read("HTTP/1.1 200 OK\n" + String(repeating: line, count: maxLines) + "\n").hasTooLargeHeaders)
        for start in ["HTTP/1.1 200 OK\n", "HTTP/1.1 103 Early Hints\n"] {
            let reader = read(start + String(repeating: line, count: maxLines + 2) + "\n")
            #expect(reader.hasTooLargeHeaders && reader.outcome == nil)
        }
    }

    @Test("A body is read up to maxBodyBytes, and not before the headers")
    func body() {
        var reader = read("HTTP/1.1 200 OK\n\n")
        let first = reader.takeBody(ResponseReader.maxBodyBytes)
        let second = reader.takeBody(1)
        #expect(first && !second)
        var early = ResponseReader()
        let isTaken = early.takeBody(1)
        #expect(!isTaken)
    }
}
