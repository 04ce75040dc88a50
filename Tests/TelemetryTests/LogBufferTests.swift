import Foundation
import Glibc
import Logging
import Telemetry
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct LogBufferTests {
    /// A pipe whose reading end is read only on demand.
    private struct Pipe {
        let reading: Int32
        let writing: Int32

        init() {
            var ends: [Int32] = [0, 0]
            unsafe pipe(&ends)
            (reading, writing) = (ends[0], ends[1])
            _ = fcntl(reading, F_SETFL, O_NONBLOCK)
        }

        /// What can be read without waiting.
        func read() -> [UInt8] {
            var all: [UInt8] = []
            var bytes = [UInt8](repeating: 0, count: 1 << 16)
            while true {
                let count = unsafe Glibc.read(reading, &bytes, bytes.count)
                guard count > 0 else { return all }
                all += bytes[..<count]
            }
        }

        func close() {
            Glibc.close(reading)
            Glibc.close(writing)
        }
    }

    private func logger(_ buffer: LogBuffer) -> Logger {
        Logger(label: "test") { _ in LineLogHandler(format: .json, threshold: LogThreshold(.info), buffer: buffer) }
    }

    private func messages(_ bytes: [UInt8]) throws -> [JSON] {
        try bytes.split(separator: UInt8(ascii: "\n")).map { try JSON(parsing: $0) }
    }

    /// Reads until this many records have arrived.
    private func records(_ count: Int, _ pipe: Pipe) async throws -> [JSON] {
        var bytes: [UInt8] = []
        try await eventually("\(count) records") {
            bytes += pipe.read()
            return bytes.count { $0 == UInt8(ascii: "\n") } >= count
        }
        return try messages(bytes)
    }

    @Test func recordsArriveInTheirOrder() async throws {
        let pipe = Pipe()
        defer { pipe.close() }
        let logger = logger(LogBuffer(descriptor: pipe.writing))
        for number in 0..<2_000 { logger.info("m", metadata: ["n": "\(number)"]) }
        #expect(try await records(2_000, pipe).map(\.n.text) == (0..<2_000).map { "\($0)" })
    }

    @Test func numbersAreJSONNumbers() async throws {
        let pipe = Pipe()
        defer { pipe.close() }
        logger(LogBuffer(descriptor: pipe.writing)).info(
            "m",
            metadata: [
                "whole": .stringConvertible(Int64.min), "part": .stringConvertible(0.25), "text": "12",
                "nan": .stringConvertible(Double.nan), "name": .stringConvertible(Substring("x")),
            ])
        let record = try await records(1, pipe)[0]
        #expect(record.whole.number == Double(Int64.min) && record.part.number == 0.25)
        #expect(record["text"].text == "12" && record.nan.text == "nan" && record.name.text == "x")
    }

    /// A thread that logs is not blocked by a reader that does not read; what is lost is counted and reported.
    @Test func recordsThatDoNotFitAreDroppedAndCounted() async throws {
        let pipe = Pipe()
        defer { pipe.close() }
        let buffer = LogBuffer(descriptor: pipe.writing)
        let logger = logger(buffer)
        let text = String(repeating: "x", count: 1_000)
        for number in 0..<3_000 { logger.info("full", metadata: ["n": "\(number)", "text": "\(text)"]) }
        let dropped = buffer.droppedCount
        #expect((1_500..<2_500).contains(dropped))
        let first = try await records(3_000 - dropped, pipe)
        #expect(first.map(\.n.text) == (0..<3_000 - dropped).map { "\($0)" })
        logger.info("next")
        let second = try await records(2, pipe)
        #expect(second.map(\.message.text) == ["Log records were dropped, because the log is read too slowly", "next"])
        #expect(second.first?["count"].number == Double(dropped))
        logger.info("last")
        #expect(try await records(1, pipe).map(\.message.text) == ["last"])
        #expect(buffer.droppedCount == dropped)
    }

    @Test func aRecordLargerThanTheBufferIsDropped() async throws {
        let pipe = Pipe()
        defer { pipe.close() }
        let buffer = LogBuffer(descriptor: pipe.writing)
        buffer.add(String(repeating: "x", count: LogBuffer.capacity + 1))
        #expect(buffer.droppedCount == 1)
        buffer.add("y\n") { "\($0) " }
        buffer.flush(within: .seconds(10))
        #expect(pipe.read() == Array("1 y\n".utf8))
    }

    @Test func theFlushEndsAtItsLimitIfTheReaderDoesNotRead() {
        let pipe = Pipe()
        defer { pipe.close() }
        let buffer = LogBuffer(descriptor: pipe.writing)
        buffer.add(String(repeating: "x", count: 1 << 18))
        let took = ContinuousClock().measure { buffer.flush(within: .milliseconds(50)) }
        #expect(took < .seconds(5))
    }

    /// Another process may make the shared descriptor non-blocking.
    @Test func aNonBlockingDescriptorIsWrittenCompletely() async throws {
        let pipe = Pipe()
        defer { pipe.close() }
        _ = fcntl(pipe.writing, F_SETFL, O_NONBLOCK)
        let logger = logger(LogBuffer(descriptor: pipe.writing))
        let text = String(repeating: "x", count: 1_000)
        for number in 0..<500 { logger.info("m", metadata: ["n": "\(number)", "text": "\(text)"]) }
        #expect(try await records(500, pipe).count == 500)
    }

    @Test func aReaderThatIsGoneCostsOnlyTheRecords() {
        signal(SIGPIPE, SIG_IGN)
        let pipe = Pipe()
        Glibc.close(pipe.reading)
        let buffer = LogBuffer(descriptor: pipe.writing)
        for _ in 0..<3 {
            buffer.add(String(repeating: "x", count: LogBuffer.capacity / 2) + "\n")
            buffer.flush(within: .seconds(10))
        }
        #expect(buffer.droppedCount == 3)
        Glibc.close(pipe.writing)
    }
}
