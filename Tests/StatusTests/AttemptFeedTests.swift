import Domain
import Foundation
import LocalHTTP
import NIOCore
import NIOHTTP1
import Status
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct AttemptFeedTests {
    private let feed = AttemptFeed(keepAlive: .seconds(3_600))

    @Test("A line has all that is known of an attempt, whatever its texts are")
    func line() async throws {
        let hostile = "a\"b\\c\u{0}\u{1B}[2J\n\u{2028}é🐦"
        let trace = TraceContext(parent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", state: nil)
        let delivery = try Sample.delivery(
            7, of: hostile, registration: try Sample.registration(hostile, url: "https://h.example:8443/x?token=t"))
        let stream = try await follow()
        feed.publish(
            FinishedAttempt(
                Sample.record(
                    delivery, attempt: 2, outcome: .answered(status: 503, retryAfter: nil),
                    verdict: .retry(after: .seconds(2)), took: .microseconds(20_500), trace: trace)))
        let text = try #require(try await nextText(stream))
        #expect(!text.contains("token") && text.hasSuffix("}\n"))
        let report = try StatusJSON.decoder.decode(AttemptReport.self, from: Data(text.utf8))
        #expect(Array(report.correlationId.utf8) == Array(hostile.utf8))
        #expect(report.sequence == 7 && report.attempt == 2 && report.artifactId == "a-7")
        #expect(report.artifactType == "Order" && report.event == "artifact.created")
        #expect(report.origin == "https://h.example:8443" && report.status == 503 && report.error == "http_503")
        #expect(report.durationMs == 20.5 && report.outcome == "retry")
        #expect(report.endedAt == Sample.timeOfDay.iso8601)
        #expect(report.nextAttemptAt == (Sample.timeOfDay + .seconds(2)).iso8601)
        #expect(report.traceId == "4bf92f3577b34da6a3ce929d0e0e4736")
    }

    @Test("What is not known of an attempt is left out")
    func absentMembers() async throws {
        let stream = try await follow()
        feed.publish(
            FinishedAttempt(
                Sample.record(
                    try Sample.delivery(1, artifact: "workflow.completed"), outcome: .failed(.timeout),
                    verdict: .failed(.timeout))))
        feed.publish(FinishedAttempt(Sample.delivered(try Sample.delivery(2))))
        let lines = try await nextLines(stream)
        #expect(lines.map(\.event.text) == ["workflow.completed", "artifact.created"])
        #expect(lines[0].error.text == "timeout" && lines[0].object["status"] == nil)
        #expect(lines[1].status.count == 200 && lines[1].object["error"] == nil)
        #expect(lines.allSatisfy { $0.object["next_attempt_at"] == nil && $0.object["trace_id"] == nil })
    }

    static let filters: [(query: String, sequences: [Int])] = [
        ("", [1, 2, 3]), ("?correlation_id=w%201", [1]), ("?correlation_id=w+1", [1]),
        ("?origin=https%3A%2F%2Fb.example", [3]), ("?correlation_id=w2&origin=https://a.example", [2]),
        ("?correlation_id=e%CC%81", []),
    ]

    @Test("A reader gets the attempts that it asks for", arguments: filters)
    func filter(_ query: String, _ sequences: [Int]) async throws {
        let stream = try await follow(query)
        let all = try await follow()
        let other = try Sample.registration("w2", url: "https://b.example/x")
        for delivery in [
            try Sample.delivery(1, of: "w 1"), try Sample.delivery(2, of: "w2"),
            try Sample.delivery(3, of: "w2", registration: other),
        ] {
            feed.publish(FinishedAttempt(Sample.delivered(delivery)))
        }
        #expect(try await nextLines(all).count == 3)
        await feed.end(within: .zero)
        #expect(try await nextLines(stream).map(\.sequence.count) == sequences)
    }

    @Test("A reader that falls behind is told how many it missed, and gets the latest")
    func missed() async throws {
        let stream = try await follow()
        let count = 20_000
        for number in 1...count {
            feed.publish(FinishedAttempt(Sample.delivered(try Sample.delivery(Int64(number)))))
        }
        await feed.end(within: .zero)
        var lines: [JSON] = []
        while case let part = try await nextLines(stream), !part.isEmpty { lines += part }
        let missed = lines[0].missed.count
        #expect(missed > 0 && lines.count - 1 + missed == count)
        #expect(lines.dropFirst().map(\.sequence.count) == Array(missed + 1...count))
    }

    @Test("There are at most so many readers, and one that leaves makes room")
    func readerLimit() async throws {
        #expect(!feed.hasReaders)
        var streams: [any HTTPBodyStream] = []
        for _ in 1...AttemptFeed.maxReaders { streams.append(try await follow()) }
        let rejected = await ask("/attempts")
        #expect(rejected.status == .serviceUnavailable && rejected.stream == nil)
        #expect(try JSON(parsing: rejected.body.readableBytesView).error.text?.isEmpty == false)
        streams[3].close()
        #expect(await streams[3].next() == nil)
        _ = try await follow()
        for stream in streams { stream.close() }
        await feed.end(within: .zero)
        #expect(await ask("/attempts").status == .serviceUnavailable)
    }

    @Test("Without attempts, a blank line keeps the connection alive")
    func keepAlive() async throws {
        let server = StatusServer(source: Source(), attempts: AttemptFeed(keepAlive: .milliseconds(10)))
        let request = HTTPRequest(method: .GET, target: "/attempts", headers: [:], body: ByteBuffer())
        let stream = try #require(await server.respond(to: request).stream)
        for _ in 1...3 { #expect(try await nextText(stream) == "\n") }
        stream.close()
    }

    // MARK: Reading

    private func ask(_ target: String) async -> HTTPResponse {
        await StatusServer(source: Source(), attempts: feed).respond(
            to: HTTPRequest(method: .GET, target: target, headers: [:], body: ByteBuffer()))
    }

    private func follow(_ query: String = "") async throws -> any HTTPBodyStream {
        let response = await ask("/attempts\(query)")
        #expect(response.headers.first(name: "Content-Type") == "application/x-ndjson")
        return try #require(response.stream)
    }

    private func nextText(_ stream: any HTTPBodyStream) async throws -> String? {
        await stream.next().map { String(buffer: $0) }
    }

    private func nextLines(_ stream: any HTTPBodyStream) async throws -> [JSON] {
        try await (nextText(stream) ?? "").split(separator: "\n").map { try JSON(parsing: $0.utf8) }
    }
}
