import Glibc
import TestSupport
import Testing

extension EndToEndTests {
    /// Many writers at once, and writers that hang, disconnect or end within a line.
    @Suite struct WriterTests {
        @Test func twoHundredWritersAtOnceAreServed() async throws {
            let receiver = try await RawReceiver()
            try await RelayProcess.run("--concurrency-per-origin", "32") { relay in
                let first = try await relay.writer()
                try await first.send(Lines.registration("c-1", receiver.url()))
                try await first.waitForAcknowledgement(of: 2)
                try await withThrowingTaskGroup(of: Void.self) { writers in
                    for number in 1...200 {
                        writers.addTask {
                            let writer = try await relay.writer(grace: false)
                            try await writer.send((1...5).map { Lines.artifact("w\(number)-\($0)", "c-1") })
                            try await writer.waitForAcknowledgement(of: 6, within: .seconds(30))
                            #expect(writer.rejections == [:])
                        }
                    }
                    try await writers.waitForAll()
                }
                try await relay.waitForDeliveries(delivered: 1_000, within: .seconds(30))
                let requests = receiver.requests.sorted { $0.sequence < $1.sequence }
                #expect(requests.map(\.sequence) == Array(1...1_000))
                #expect(Set(requests.map(\.artifact)).count == 1_000)
                for number in 1...200 {
                    let own = requests.map(\.artifact).filter { $0.hasPrefix("w\(number)-") }
                    #expect(own == (1...5).map { "w\(number)-\($0)" }, "a connection's lines keep their order")
                }
            }
        }

        /// The relay stops reading from it once a mebibyte of replies is unread; other writers are unaffected.
        @Test func aWriterThatNeverReadsItsRepliesIsBlockedAlone() async throws {
            let receiver = try await RawReceiver()
            try await RelayProcess.run { relay in
                let deaf = try await relay.writer(reads: false)
                let lines = [UInt8](repeatElement([UInt8(ascii: "x"), 0x0A], count: 2_000_000).joined())
                let flood = Task { try await deaf.write(lines) }
                for round in 1...20 {
                    let writer = try await relay.writer(grace: false)
                    let workflow = "c-\(round)"
                    try await writer.send(Lines.registration(workflow, receiver.url()), Lines.artifact("a1", workflow))
                    try await writer.waitForAcknowledgement(of: 3)
                    writer.close()
                }
                let status = try await relay.waitForDeliveries(delivered: 20)
                #expect((1...200_000).contains(status.refused.invalid_json.count))
                let memory = try await relay.ask("/metrics").sample("process_resident_memory_bytes")
                #expect(memory < 200e6 * Binary.memoryFactor)
                deaf.close()
                await #expect(throws: (any Error).self) { try await flood.value }
            }
        }

        /// A writer without `hello` gets no replies.
        @Test func aWriterWithoutHelloGetsNoReplies() async throws {
            let receiver = try await RawReceiver()
            try await RelayProcess.run { relay in
                let plain = try await relay.writer(greets: false)
                try await plain.send("nonsense", Lines.registration("c-1", receiver.url()), Lines.artifact("a1", "c-1"))
                try await relay.waitForDeliveries(delivered: 1)
                try await plain.finishWriting()
                try await eventually("the relay closes the connection") { plain.hasEnded }
                #expect(plain.replies == [])
            }
        }

        @Test func aLastLineWithoutLineEndIsProcessed() async throws {
            let receiver = try await RawReceiver()
            try await RelayProcess.run { relay in
                let whole = try await relay.writer(greets: false)
                try await whole.write(
                    (Lines.registration("c-1", receiver.url()) + "\n" + Lines.artifact("a1", "c-1")).utf8)
                whole.close()
                try await relay.waitForDeliveries(delivered: 1)
                let half = try await relay.writer(greets: false)
                try await half.write(
                    (Lines.artifact("a2", "c-1") + "\n" + Lines.artifact("a3", "c-1").dropLast(5)).utf8)
                half.close()
                try await relay.waitForStatus("an incomplete line is rejected") { $0.refused.invalid_json.count == 1 }
                try await relay.waitForDeliveries(delivered: 2)
            }
        }

        /// Single bytes, and pieces that split every token.
        @Test(arguments: [1, 7, 64])
        func linesMayArriveInPieces(size: Int) async throws {
            let receiver = try await RawReceiver()
            try await RelayProcess.run { relay in
                let writer = try await relay.writer(grace: false)
                let lines = [Lines.registration("c-1", receiver.url())] + Lines.artifacts(1...3, "c-1")
                var rest = Array(lines.map { $0 + "\n" }.joined().utf8)[...]
                while !rest.isEmpty {
                    try await writer.write(rest.prefix(size))
                    rest = rest.dropFirst(size)
                }
                try await writer.waitForAcknowledgement(of: 5)
                try await relay.waitForDeliveries(delivered: 3)
            }
        }

        /// After a half-close the relay acknowledges every line, also those in their grace period, and then closes.
        @Test func everyLineIsAcknowledgedAfterAHalfClose() async throws {
            let receiver = try await RawReceiver()
            try await RelayProcess.run("--unmatched-grace", "500ms") { relay in
                let writer = try await relay.writer()
                try await writer.send(
                    Lines.registration("c-1", receiver.url()), Lines.artifact("a1", "c-1"),
                    Lines.artifact("a1", "unknown"), "nonsense", Lines.artifact("a2", "c-1"))
                try await writer.finishWriting()
                try await eventually("the relay closes the connection") { writer.hasEnded }
                #expect(writer.acknowledged == 6)
                #expect(writer.rejections == [5: "invalid_json"])
                try await relay.waitForDeliveries(delivered: 2)
            }
        }

        /// Replies that do not fit into the socket buffer are not lost.
        @Test func noReplyIsLostAfterAHalfClose() async throws {
            try await RelayProcess.run { relay in
                let writer = try await relay.writer(reads: false)
                try await writer.write([UInt8](repeatElement([UInt8(ascii: "x"), 0x0A], count: 10_000).joined()))
                try await writer.finishWriting()
                try await relay.waitForStatus("lines are rejected") { $0.refused.invalid_json.count > 0 }
                try await writer.startReading()
                try await eventually("the relay closes the connection", within: .seconds(20)) { writer.hasEnded }
                #expect(writer.rejections.count == 10_000)
                #expect(writer.acknowledged == 10_001)
            }
        }

        /// A writer that half-closes and never reads does not keep the relay from stopping.
        @Test func aWriterThatReadsNoRepliesDoesNotDelayTheStop() async throws {
            try await RelayProcess.run { relay in
                let writer = try await relay.writer(reads: false)
                try await writer.write([UInt8](repeatElement([UInt8(ascii: "x"), 0x0A], count: 10_000).joined()))
                try await writer.finishWriting()
                try await relay.waitForStatus("lines are rejected") { $0.refused.invalid_json.count > 0 }
                relay.send(SIGTERM)
                #expect(try await relay.waitForExit(within: .seconds(10)) == .code(0))
            }
        }

        /// A thousand writers that connect, write half a line and disconnect leave no connection behind.
        @Test func disconnectedWritersLeaveNoConnections() async throws {
            let receiver = try await RawReceiver()
            try await RelayProcess.run { relay in
                let before = try await relay.ask("/metrics").sample("process_open_fds")
                for number in 1...1_000 {
                    let writer = try await relay.writer(greets: number.isMultiple(of: 2))
                    if number.isMultiple(of: 3) { try await writer.write(#"{"half":"#.utf8) }
                    writer.close()
                }
                try await eventually("all connections are closed") {
                    try await relay.ask("/metrics").sample("process_open_fds") <= before + 3
                }
                let writer = try await relay.writer(grace: false)
                try await writer.send(Lines.registration("c-1", receiver.url()), Lines.artifact("a1", "c-1"))
                try await relay.waitForDeliveries(delivered: 1)
            }
        }
    }
}
