import Domain
import Ingest
import NIOCore
import NIOPosix
import Synchronization
import TestSupport
import Testing
import UnixSocket

@Suite struct EventSocketTests {
    @Test func invalidLinesDoNotAffectTheLinesAroundThem() async throws {
        try await withSocket(maxLineLength: 100) { path, receiver in
            let client = try await LineClient(socket: path)
            let lines = [
                "{}", "", " \t\r", "{\"a\":1}\r", "nonsense", "[1]", String(repeating: "x", count: 101), "{}",
            ]
            try await client.send(lines)
            try await client.waitForAcknowledgement(of: 9)
            #expect(client.rejections == [6: "invalid_json", 7: "not_an_object", 8: "too_long"])
            #expect(receiver.numbers == [1, 2, 5, 9])
            #expect(receiver.rejectedLines == [6, 7, 8])
            client.close()
        }
    }

    @Test func aLastLineWithoutLFIsProcessed() async throws {
        try await withSocket { path, receiver in
            let client = try await LineClient(socket: path)
            try await client.write("{}\n{\"last\":1}".utf8)
            try await client.finishWriting()
            try await client.waitForAcknowledgement(of: 3)
            #expect(receiver.numbers == [1, 2, 3])
        }
    }

    @Test func piecesOfALineAreJoined() async throws {
        try await withSocket { path, receiver in
            let client = try await LineClient(socket: path)
            for byte in "{\"a\":\"\u{1F426}\"}\n".utf8 { try await client.write(CollectionOfOne(byte)) }
            try await client.waitForAcknowledgement(of: 2)
            #expect(receiver.numbers == [1, 2])
            client.close()
        }
    }

    @Test("A byte order mark is skipped at the start of the first line, and nowhere else")
    func byteOrderMark() async throws {
        try await withSocket { path, receiver in
            let client = try await LineClient(socket: path, greets: false)
            for byte in "\u{FEFF}{\"type\":\"hello\",\"acks\":true}\n\u{FEFF}{}\n{}\n".utf8 {
                try await client.write(CollectionOfOne(byte))
            }
            try await client.waitForAcknowledgement(of: 3)
            #expect(receiver.numbers == [1, 3] && client.rejections == [2: "invalid_json"])
            client.close()
        }
    }

    @Test func aFirstLineOfOnlyAByteOrderMarkIsBlank() async throws {
        try await withSocket { path, receiver in
            let client = try await LineClient(socket: path, greets: false)
            try await client.write("\u{FEFF}\r\n{\"type\":\"hello\",\"acks\":true}\n".utf8)
            try await client.waitForAcknowledgement(of: 2)
            #expect(receiver.numbers == [2] && receiver.rejectedLines.isEmpty)
            client.close()
        }
    }

    @Test func writersDoNotDisturbEachOther() async throws {
        try await withSocket { path, receiver in
            let good = try await LineClient(socket: path)
            let silent = try await LineClient(socket: path, greets: false)
            let broken = try await LineClient(socket: path)
            try await broken.write([0x00, 0xFF, 0x0A, 0xC3])
            try await silent.send("{}", "{")
            broken.close()
            try await good.send(Array(repeating: "{}", count: 500))
            try await good.waitForAcknowledgement(of: 501)
            #expect(good.rejections.isEmpty)
            #expect(silent.replies.isEmpty)
            #expect(receiver.numbers.count >= 501)
            good.close()
            silent.close()
        }
    }

    @Test func linesOfAConnectionComeInOrder() async throws {
        try await withSocket { path, receiver in
            let client = try await LineClient(socket: path)
            for _ in 0..<20 { try await client.send(Array(repeating: "{}", count: 50)) }
            try await client.waitForAcknowledgement(of: 1_001)
            #expect(receiver.numbers == Array(1...1_001))
            #expect(client.acknowledgements == client.acknowledgements.sorted())
            client.close()
        }
    }

    @Test("At the limit of writers a further one waits, loses nothing, and is accepted when another leaves")
    func maxWriters() async throws {
        let observer = PauseObserver()
        try await withSocket(maxWriters: 2, observer: observer) { path, receiver in
            let first = try await LineClient(socket: path)
            let second = try await LineClient(socket: path)
            try await second.waitForAcknowledgement(of: 1)
            try await eventually("accepting is paused") { observer.events == [.paused(2)] }
            let third = try await LineClient(socket: path)
            try await third.send("{}")
            try await second.send("{}")
            try await second.waitForAcknowledgement(of: 2)
            #expect(third.replies.isEmpty && receiver.numbers.count == 3)
            first.close()
            try await third.waitForAcknowledgement(of: 2)
            #expect(observer.events == [.paused(2), .resumed, .paused(2)])
            second.close()
            third.close()
        }
    }

    private final class PauseObserver: AcceptObserver {
        enum Event: Equatable {
            case paused(Int)
            case resumed
            case failed(Int32)
        }

        private let state = Mutex<[Event]>([])

        var events: [Event] { state.withLock { $0 } }

        func writersPaused(at count: Int) { state.withLock { $0.append(.paused(count)) } }
        func writersAcceptedAgain() { state.withLock { $0.append(.resumed) } }
        func acceptFailed(_ code: Int32) { state.withLock { $0.append(.failed(code)) } }
    }

    /// An event receiver that acknowledges every line at once.
    private final class AcknowledgingReceiver: EventReceiver {
        private let state = Mutex<(numbers: [Int], rejectedLines: [Int])>(([], []))

        var numbers: [Int] { state.withLock { $0.numbers } }
        var rejectedLines: [Int] { state.withLock { $0.rejectedLines } }

        func receive(_ lines: [DecodedLine], from writer: Writer) async {
            state.withLock { $0.numbers += lines.map(\.number) }
            writer.decided(lines.map(\.number))
        }

        func rejected(_ rejection: Rejection, line: Int, connection: Int) {
            state.withLock { $0.rejectedLines.append(line) }
        }
    }

    private func withSocket(
        maxLineLength: Int = 1 << 20, maxWriters: Int = 100, observer: some AcceptObserver = PauseObserver(),
        _ body: (String, AcknowledgingReceiver) async throws -> Void
    ) async throws {
        try await TemporaryDirectory.with { directory in
            let listening = try ListeningSocket(path: directory + "/events.sock", mode: 0o600)
            let descriptor = listening.descriptor
            let receiver = AcknowledgingReceiver()
            let socket = EventSocket(
                receiver: receiver, maxLineLength: maxLineLength, maxWriters: maxWriters, observer: observer)
            let (started, start) = AsyncStream<Void>.makeStream()
            let serving = Task {
                try await socket.serve(descriptor, on: .singletonMultiThreadedEventLoopGroup) { _ in start.yield() }
            }
            for await _ in started { break }
            try await body(directory + "/events.sock", receiver)
            serving.cancel()
            _ = await serving.result
            listening.remove()
        }
    }
}
