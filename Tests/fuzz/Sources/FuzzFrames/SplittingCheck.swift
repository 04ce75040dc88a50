import Frames
import Fuzzing

/// Compares ``FrameSplitter`` with the plain meaning of its contract.
struct SplittingCheck {
    /// In bytes. Small enough that the fuzzer writes longer frames, too.
    private let maximumLength = 1 << 12

    /// What a splitter gives: the frames, and whether the stream broke off behind them.
    private struct Outcome: Equatable {
        var frames: [ArraySlice<UInt8>] = []
        var isBroken = false
    }

    /// The frames of an input, which are the same however it is cut.
    func frames(_ input: FuzzInput) -> [ArraySlice<UInt8>] {
        let expected = meaning(of: input.stream)
        for pieces in [input.pieces, [input.stream]] {
            expect(split(pieces) == expected, "cut into \(pieces.count) pieces the stream has other frames")
        }
        return expected.frames
    }

    private func split(_ pieces: [ArraySlice<UInt8>]) -> Outcome {
        var splitter = FrameSplitter(maximumLength: maximumLength)
        var outcome = Outcome()
        do throws(FrameError) {
            for piece in pieces {
                splitter.append(piece)
                while let frame = try splitter.next() { outcome.frames.append(frame) }
            }
        } catch {
            outcome.isBroken = true
        }
        return outcome
    }

    private func meaning(of stream: ArraySlice<UInt8>) -> Outcome {
        var outcome = Outcome()
        var rest = stream
        while rest.count >= 4 {
            let length = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
            guard length <= maximumLength else { return Outcome(frames: outcome.frames, isBroken: true) }
            guard rest.count >= 4 + length else { break }
            outcome.frames.append(rest.dropFirst(4).prefix(length))
            rest = rest.dropFirst(4 + length)
        }
        return outcome
    }
}
