import Ingest
import NIOCore
import TestSupport
import Testing

@Suite struct LineDecoderTests {
    static let cases: [(stream: String, lines: [String])] = [
        ("", []), ("\n", [""]), ("a\n", ["a"]), ("a", ["a"]), ("a\nb", ["a", "b"]), ("\n\n\n", ["", "", ""]),
        ("a\r\nb\r", ["a\r", "b\r"]), ("\r\n\r\n", ["\r", "\r"]),
        ("a\u{0}b\n\u{0}", ["a\u{0}b", "\u{0}"]), ("\n\na\n\n", ["", "", "a", ""]),
        ("12345678\n1234567\n12345678", ["12345678", "1234567", "12345678"]),
        ("123456789\n", [tooLong]), ("123456789", [tooLong]), ("a\n123456789abcdef\nb\n", ["a", tooLong, "b"]),
        ("12345678\r\n", [tooLong]), ("123456789\n123456789\n\n", [tooLong, tooLong, ""]),
        ("\u{1F426}\u{1F426}\n", ["\u{1F426}\u{1F426}"]), ("\u{1F426}\u{1F426}x\nb", [tooLong, "b"]),
    ]

    static let tooLong = "<too long>"

    @Test("A stream has the same lines wherever it is cut in two; the limit here is eight bytes", arguments: cases)
    func everyCut(_ stream: String, _ lines: [String]) {
        let bytes = Array(stream.utf8)
        for cut in 0...bytes.count {
            #expect(decode([bytes[..<cut], bytes[cut...]], maximum: 8) == lines, "cut after byte \(cut)")
        }
        #expect(decode(bytes.indices.map { bytes[$0...$0] }, maximum: 8) == lines, "byte by byte")
    }

    @Test func onlyLFEndsALine() {
        let text = "a\rb\u{B}c\u{C}d\u{85}e\u{2028}f"
        #expect(decode([Array((text + "\n").utf8)[...]], maximum: 100) == [text])
    }

    @Test func randomLinesAreDecodedFromRandomPieces() {
        var random = SeededGenerator(seed: 3)
        for _ in 0..<200 {
            let lines = (0..<Int.random(in: 0...20, using: &random)).map { _ in
                String(repeating: "x", count: Int.random(in: 0...40, using: &random))
            }
            var rest = Array(lines.map { $0 + "\n" }.joined().utf8)[...]
            var pieces: [ArraySlice<UInt8>] = []
            while !rest.isEmpty {
                pieces.append(rest.prefix(Int.random(in: 1...30, using: &random)))
                rest = rest.dropFirst(pieces[pieces.count - 1].count)
            }
            #expect(decode(pieces, maximum: 32) == lines.map { $0.utf8.count > 32 ? Self.tooLong : $0 })
        }
    }

    @Test func theEndOfAStreamIsReportedOnce() {
        var decoder = LineDecoder(maxLength: 8)
        #expect(decoder.finish() == nil)
        _ = decoder.decode(ByteBuffer(string: "a\nb"))
        #expect(decoder.finish()?.number == 2)
        #expect(decoder.finish() == nil)
    }

    /// Also checks that line numbers go up by one.
    private func decode(_ pieces: [ArraySlice<UInt8>], maximum: Int) -> [String] {
        var decoder = LineDecoder(maxLength: maximum)
        var lines = pieces.flatMap { decoder.decode(ByteBuffer(bytes: $0)) }
        if let last = decoder.finish() { lines.append(last) }
        #expect(lines.map(\.number) == Array(1..<lines.count + 1))
        return lines.map { line in
            switch line.content {
            case .text(let bytes): String(decoding: bytes, as: UTF8.self)
            case .tooLong: Self.tooLong
            }
        }
    }
}
