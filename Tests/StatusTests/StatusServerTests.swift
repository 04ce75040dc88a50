import Foundation
import LocalHTTP
import NIOCore
import NIOHTTP1
import Status
import TestSupport
import Testing

@Suite struct StatusServerTests {
    @Test func readyzNamesWhatFails() async throws {
        let ready = try await ask("/readyz")
        #expect(ready.status == .ok)
        #expect(ready.body == .object(["ready": .flag(true), "failing": .list([])]))
        let unready = try await ask("/readyz", Source(failing: ["the disk takes no writes"]))
        #expect(unready.status == .serviceUnavailable)
        #expect(unready.body.ready == .flag(false))
        #expect(unready.body.failing[0].text == "the disk takes no writes")
    }

    @Test("/healthz names what fails, and is ok otherwise")
    func health() async throws {
        let (status, body) = try await ask("/healthz")
        #expect(status == .ok && body == .object(["status": .text("ok")]))
        let failing = try await ask("/healthz", Source(failing: ["a session is stuck"]))
        #expect(failing.status == .serviceUnavailable && failing.body.failing[0].text == "a session is stuck")
    }

    @Test func statusIsInSnakeCaseAndKeepsItsCounts() async throws {
        let (status, body) = try await ask("/status")
        #expect(status == .ok)
        #expect(body.received == .object(["message_published": .number(3), "hello": .number(1)]))
        #expect(body.refused == .object(["invalid_json": .number(2)]))
        #expect(body.deliveries.failed_by_reason == .object(["http_500": .number(1)]))
        #expect(body.deliveries.in_flight.count == 2)
        #expect(body.latency.created_to_delivered.p95_ms.number == 2.5)
        #expect(body.latency.received_to_delivered["count"].count == 4)
        #expect(body.oldest_pending_seconds.number == 1.5)
        #expect(body.outbox_bytes.count == 99)
        #expect(body.origins[0].origin.text == "https://a.example")
        #expect(body.sessions[0].connections.count == 9)
        #expect(body.recovery_rate.number == 0.5 && body.share_delivered.number == 0.875)
        #expect(body.window.share_delivered.number == 0.75 && body.window.recovery_rate.number == 0.5)
        #expect(body.latest_failures[0].artifact_type.text == "Order")
    }

    @Test func encodedStatusIsDecodedUnchanged() throws {
        let bytes = try StatusJSON.encoder.encode(Source.report)
        let back = try StatusJSON.decoder.decode(StatusReport.self, from: bytes)
        #expect(try StatusJSON.encoder.encode(back) == bytes)
        #expect(back.received == ["message_published": 3, "hello": 1])
        #expect(back.deliveries.failedByReason == ["http_500": 1])
    }

    @Test func correlationsAreListedAndShown() async throws {
        let all = try await ask("/correlations?state=active&limit=5&search=a%20b&cursor=17.2")
        #expect(all.status == .ok)
        #expect(all.body.correlations.list.map(\.correlation_id.text) == ["active", "5", "a b"])
        #expect(all.body.next_cursor.text == "17.2")
        let one = try await ask("/correlations/w%2F1")
        #expect(one.status == .ok)
        #expect(one.body.correlation_id.text == "w/1")
        let none = try await ask("/correlations/unknown")
        #expect(none.status == .notFound)
        #expect(none.body.error.text?.isEmpty == false)
    }

    @Test func metricsArePlainText() async throws {
        let response = await respond(.GET, "/metrics")
        #expect(response.status == .ok)
        #expect(response.headers.first(name: "Content-Type") == "text/plain; version=0.0.4; charset=utf-8")
        #expect(String(buffer: response.body) == "metric 1\n")
    }

    static let errors: [(method: HTTPMethod, target: String, status: Int)] = [
        (.GET, "/", 404), (.GET, "/nothing", 404), (.POST, "/nothing", 404), (.GET, "/correlations?limit=0", 400),
        (.POST, "/status", 405), (.DELETE, "/correlations/w", 405), (.PUT, "/healthz", 405), (.PATCH, "/metrics", 405),
    ]

    @Test("Error responses are JSON", arguments: errors)
    func respondsWithError(_ method: HTTPMethod, _ target: String, _ status: Int) async throws {
        let response = await respond(method, target)
        #expect(response.status.code == UInt(status))
        #expect(response.headers.first(name: "Content-Type") == "application/json")
        #expect(try JSON(parsing: response.body.readableBytesView).error.text?.isEmpty == false)
        #expect(response.headers.first(name: "Allow") == (status == 405 ? "GET" : nil))
    }

    @Test func anUnreadableOutboxIsReported() async throws {
        let broken = Source(isBroken: true)
        #expect(try await ask("/history", broken).status == .ok, "it is in memory")
        for target in ["/status", "/correlations", "/correlations/w"] {
            let answer = try await ask(target, broken)
            #expect(answer.status == .internalServerError)
            #expect(answer.body.error.text?.isEmpty == false)
        }
        #expect(try await ask("/healthz", broken).status == .ok)
    }

    private func respond(_ method: HTTPMethod, _ target: String, _ source: Source = Source()) async -> HTTPResponse {
        await StatusServer(source: source).respond(
            to: HTTPRequest(method: method, target: target, headers: [:], body: ByteBuffer()))
    }

    private func ask(
        _ target: String, _ source: Source = Source()
    ) async throws -> (status: HTTPResponseStatus, body: JSON) {
        let response = await respond(.GET, target, source)
        #expect(response.headers.first(name: "Content-Type") == "application/json")
        return (response.status, try JSON(parsing: response.body.readableBytesView))
    }
}
