import Fuzzing
import Ingest
import NIOCore

/// Compares ``LineDecoder`` with a plain split of the whole stream at every LF.
struct FramingCheck {
    /// In bytes, without the LF.
    let maxLength: Int

    func check(_ input: FuzzInput) {
        let expected = meaning(of: input.stream)
        for pieces in [input.pieces, [input.stream]] {
            let lines = decode(pieces)
            expect(lines.map(\.number) == Array(1..<lines.count + 1), "the lines are not numbered 1, 2, 3 …")
            expect(lines.map(text) == expected, "cut into \(pieces.count) pieces, the stream has different lines")
        }
    }

    private func decode(_ pieces: [ArraySlice<UInt8>]) -> [Line] {
        var decoder = LineDecoder(maxLength: maxLength)
        var lines = pieces.flatMap { decoder.decode(ByteBuffer(bytes: $0)) }
        if let last = decoder.finish() { lines.append(last) }
        expect(decoder.finish() == nil, "a stream ends twice")
        return lines
    }

    /// Each line's bytes; nil for one that is too long.
    private func meaning(of stream: ArraySlice<UInt8>) -> [ArraySlice<UInt8>?] {
        var lines = stream.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true { lines.removeLast() }
        return lines.map { $0.count > maxLength ? nil : $0 }
    }

    private func text(_ line: Line) -> ArraySlice<UInt8>? {
        if case .text(let bytes) = line.content { bytes[...] } else { nil }
    }
}
