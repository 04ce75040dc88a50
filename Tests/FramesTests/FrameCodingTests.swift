import Events
import Frames
import TestSupport
import Testing

@Suite struct FrameCodingTests {
    static let request = SendRequest(
        id: 0x0102_0304_0506_0708, timeout: .milliseconds(10_001), url: "https://h.example/a?b",
        headers: [.init("Content-Type", "application/json"), .init("X-Empty", ""), .init("X-Text", "\u{FC}\u{1F426}")],
        body: Array(0...255))

    static let messages: [SenderMessage] = [
        .ready, .alive, .finished(id: .max), .ended(id: 0, .answered(status: 204, retryAfter: nil)),
        .ended(id: .max, .answered(status: 503, retryAfter: "120")),
        .ended(id: 7, .answered(status: 429, retryAfter: "")),
        .ended(id: 1, .failed(.timeout)), .ended(id: 2, .failed(.tlsError)), .ended(id: 3, .failed(.responseTooLarge)),
        .ended(id: 4, .failed(.dnsError)), .ended(id: 5, .failed(.protocolError)),
    ]

    @Test func numbersAreInNetworkOrder() {
        #expect(SenderMessage.ready.encoded() == [0, 0, 0, 1, 0])
        let answered = SenderMessage.ended(id: 0x0102, .answered(status: 0x1F4, retryAfter: nil)).encoded()
        #expect(answered == [0, 0, 0, 13, 2, 0, 0, 0, 0, 0, 0, 1, 2, 0, 0, 1, 0xF4])
    }

    @Test func requestSurvives() throws {
        #expect(try SendRequest(decoding: Self.request.encoded().dropFirst(4)) == Self.request)
        let least = SendRequest(id: 0, timeout: .zero, url: "", headers: [], body: [])
        #expect(try SendRequest(decoding: least.encoded().dropFirst(4)) == least)
    }

    @Test(arguments: messages)
    func messageSurvives(_ message: SenderMessage) throws {
        #expect(try SenderMessage(decoding: message.encoded().dropFirst(4)) == message)
    }

    @Test func everyCutRequestIsAnError() {
        let frame = Self.request.encoded().dropFirst(4)
        for count in 0..<frame.count {
            #expect(throws: FrameError.self, "\(count) of \(frame.count) bytes") {
                try SendRequest(decoding: frame.prefix(count))
            }
        }
        #expect(throws: FrameError.self) { try SendRequest(decoding: frame + [0]) }
    }

    @Test(arguments: messages)
    func everyCutMessageIsAnError(_ message: SenderMessage) {
        let frame = message.encoded().dropFirst(4)
        for count in 0..<frame.count {
            #expect(throws: FrameError.self) { try SenderMessage(decoding: frame.prefix(count)) }
        }
        #expect(throws: FrameError.self) { try SenderMessage(decoding: frame + [0]) }
    }

    @Test(
        "What no sender writes is an error",
        arguments: [
            [], [5], [255], [4, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0x78],
            [4, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0], [4, 0, 0, 0, 0, 0, 0, 0, 1, 0xFF, 0xFF, 0xFF, 0xFF],
            [3, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0xF4, 0, 0, 0, 2, 0xC3, 0x28],
        ] as [[UInt8]])
    func garbageIsAnError(_ frame: [UInt8]) {
        #expect(throws: FrameError.self) { try SenderMessage(decoding: frame[...]) }
    }

    @Test func countsThatPromiseTooMuchAreErrors() {
        let start = Array(Self.request.encoded()[4..<20]) + [0, 0, 0, 1, 0x78]
        #expect(throws: FrameError.self) { try SendRequest(decoding: (start + [0xFF, 0xFF, 0xFF, 0xFF])[...]) }
        #expect(throws: FrameError.self) {
            try SendRequest(decoding: (start + [0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF])[...])
        }
    }

    @Test func aDeadlineBeyondAllMeasureIsAnError() throws {
        var frame = Self.request.encoded()[4...]
        frame.replaceSubrange(frame.startIndex + 8..<frame.startIndex + 16, with: [UInt8](repeating: 0xFF, count: 8))
        #expect(throws: FrameError.self) { try SendRequest(decoding: frame) }
    }

    @Test func randomBytesNeverTrap() {
        var random = SeededGenerator(seed: 1)
        for _ in 0..<20_000 {
            var frame = Self.request.encoded()[4...]
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                frame[Int.random(in: frame.indices, using: &random)] = .random(in: 0...255, using: &random)
            }
            _ = try? SendRequest(decoding: frame)
            _ = try? SenderMessage(decoding: frame.prefix(Int.random(in: 0...40, using: &random)))
        }
    }
}
