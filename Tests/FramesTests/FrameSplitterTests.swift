import Events
import Frames
import TestSupport
import Testing

@Suite struct FrameSplitterTests {
    static let stream = FrameCodingTests.messages.flatMap { $0.encoded() }

    @Test func everySplitGivesTheSameFrames() throws {
        for cut in 0...Self.stream.count {
            var splitter = FrameSplitter()
            splitter.append(Self.stream[..<cut])
            var messages = try drain(&splitter)
            splitter.append(Self.stream[cut...])
            messages += try drain(&splitter)
            #expect(messages == FrameCodingTests.messages, "cut behind byte \(cut)")
        }
    }

    @Test func byteByByte() throws {
        var splitter = FrameSplitter()
        var messages: [SenderMessage] = []
        for byte in Self.stream {
            splitter.append(CollectionOfOne(byte))
            messages += try drain(&splitter)
        }
        #expect(messages == FrameCodingTests.messages)
    }

    @Test func largeFramesAmongSmallOnesInRandomPieces() throws {
        var random = SeededGenerator(seed: 2)
        let requests = (0..<60).map { number in
            SendRequest(
                id: UInt64(number), timeout: .seconds(1), url: "u", headers: [],
                body: Array(repeating: UInt8(number), count: number % 7 == 0 ? 200_000 : number))
        }
        let bytes = requests.flatMap { $0.encoded() }
        var splitter = FrameSplitter()
        var received: [SendRequest] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = rest.prefix(Int.random(in: 1...90_000, using: &random))
            rest = rest.dropFirst(piece.count)
            splitter.append(piece)
            while let frame = try splitter.next() { received.append(try SendRequest(decoding: frame)) }
        }
        #expect(received == requests)
    }

    @Test func frameBeyondTheLimitIsAnErrorBeforeItComes() throws {
        var splitter = FrameSplitter(maximumLength: 5)
        splitter.append([0, 0, 0, 5, 1, 2, 3, 4, 5])
        #expect(try splitter.next().map(Array.init) == [1, 2, 3, 4, 5])
        splitter.append([0, 0, 0, 6])
        #expect(throws: FrameError.self) { try splitter.next() }
        var standard = FrameSplitter()
        standard.append([0xFF, 0xFF, 0xFF, 0xFF])
        #expect(throws: FrameError.self) { try standard.next() }
    }

    @Test func emptyFrameIsAFrame() throws {
        var splitter = FrameSplitter()
        splitter.append([0, 0, 0, 0, 0, 0, 0])
        #expect(try splitter.next().map(Array.init) == [])
        #expect(try splitter.next() == nil)
    }

    private func drain(_ splitter: inout FrameSplitter) throws -> [SenderMessage] {
        var messages: [SenderMessage] = []
        while let frame = try splitter.next() { messages.append(try SenderMessage(decoding: frame)) }
        return messages
    }
}
