import Domain
import Glibc
import TestSupport
import Testing

/// The error class of an attempt, one of those in docs/operations.md; without retries.
@Suite(.serialized, .timeLimit(.minutes(1))) struct FailureClassTests {
    /// Delivers once and returns the attempt.
    private func attempt(
        _ url: String, arguments: [String] = [], after prepare: () async -> Void = {}
    ) async throws -> JSON {
        try await TemporaryDirectory.with { directory in
            let relay = try RelayProcess(["--retry-max-retries", "0"] + arguments, in: directory)
            defer { relay.end() }
            try await relay.waitUntilReady()
            let writer = try await relay.writer()
            await prepare()
            try await writer.send(Lines.registration("c-1", url), Lines.artifact("a-1", "c-1"))
            try await relay.waitForStatus("the delivery is final") {
                $0.deliveries.failed.count + $0.deliveries.delivered.count == 1
            }
            let delivery = try await relay.correlation("c-1").deliveries[0]
            #expect(delivery.attempts.list.count == 1)
            #expect(relay.ended() == nil)
            return delivery.attempts[0]
        }
    }

    private func attempt(answered answer: RawAnswer, arguments: [String] = []) async throws -> JSON {
        let receiver = try await RawReceiver { _ in answer }
        return try await attempt(receiver.url(), arguments: arguments)
    }

    @Test(arguments: [301, 302, 303, 307, 308, 300, 304])
    func redirectsAreNeverFollowed(status: Int) async throws {
        let target = try await RawReceiver()
        let attempt = try await attempt(answered: .status(status, ["Location": target.url("/elsewhere")]))
        #expect(attempt.status.count == status && attempt.error.text == "http_\(status)")
        #expect(target.connections == 0)
    }

    @Test(arguments: ["/again", "https://127.0.0.1:1/", "ftp://127.0.0.1/", "file:///etc/passwd", "", "?"])
    func redirectsWithUnusualTargetsAreAnswersLikeAnyOther(location: String) async throws {
        let attempt = try await attempt(answered: .status(302, ["Location": location]))
        #expect(attempt.error.text == "http_302")
    }

    /// An authentication challenge is an answer like any other.
    @Test(arguments: [401, 407])
    func challengesAreNotAnswered(status: Int) async throws {
        let name = status == 401 ? "WWW-Authenticate" : "Proxy-Authenticate"
        let attempt = try await attempt(answered: .status(status, [name: "Basic realm=\"x\""]))
        #expect(attempt.error.text == "http_\(status)")
        #expect((attempt.duration_ms.number ?? .infinity) < 5_000)
    }

    @Test(arguments: [
        RawAnswer.hang,
        .drip("HTTP/1.1 200 OK\r\n" + String(repeating: "X: 1\r\n", count: 99), every: .milliseconds(50)),
        .bytes("HTTP/1.1 100 Continue\r\n\r\n"), .bytes("HTTP/1.1 200 OK\r\n"),
    ])
    func anIncompleteAnswerEndsWithATimeout(answer: RawAnswer) async throws {
        let attempt = try await attempt(answered: answer, arguments: ["--timeout", "1s"])
        #expect(attempt.error.text == "timeout" && attempt.status == .null)
        let duration = attempt.duration_ms.number ?? 0
        #expect(duration >= 1_000 && duration < 2_500)
    }

    /// The headers decide, although the body that they announce never comes.
    @Test(arguments: [300, 304, 401, 404, 500])
    func anAnswerIsDecidedByItsHeadersWithoutItsBody(status: Int) async throws {
        let head =
            "HTTP/1.1 \(status) X\r\nLocation: /x\r\nWWW-Authenticate: Basic realm=\"x\"\r\nContent-Length: 1000\r\n\r\n"
        let attempt = try await attempt(answered: .bytes(head), arguments: ["--timeout", "2s"])
        #expect(attempt.error.text == "http_\(status)", "\(attempt)")
    }

    /// Many missing bodies delay neither other deliveries nor the stop.
    @Test func manyMissingBodiesDelayNothing() async throws {
        let stuck = try await RawReceiver { _ in
            .bytes("HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 1000\r\n\r\n")
        }
        let other = try await RawReceiver()
        try await RelayProcess.run(
            "--timeout", "300ms", "--retry-max-retries", "0", "--drain-timeout", "2s"
        ) { relay in
            let writer = try await relay.writer(grace: false)
            try await writer.send([Lines.registration("c-1", stuck.url())] + Lines.artifacts(1...20, "c-1"))
            try await relay.waitForStatus("all have failed", within: .seconds(30)) {
                $0.deliveries.failed.count == 20
            }
            try await writer.send([Lines.registration("c-2", other.url())] + Lines.artifacts(1...20, "c-2"))
            try await relay.waitForDeliveries(delivered: 20, failed: 20)
            relay.send(SIGTERM)
            #expect(try await relay.waitForExit(within: .seconds(8)) == .code(0))
        }
    }

    /// A kept connection that the receiver closes between two requests costs no deadline and loses nothing.
    @Test(arguments: [0, 1, 10, 50])
    func aReceiverMayCloseKeptConnectionsAfterItsAnswer(milliseconds: Int) async throws {
        let answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
        let receiver = try await RawReceiver { _ in .thenClose(answer, after: .milliseconds(milliseconds)) }
        try await RelayProcess.run("--retry-base-delay", "50ms") { relay in
            let writer = try await relay.writer(grace: false)
            try await writer.send([Lines.registration("c-1", receiver.url())] + Lines.artifacts(1...300, "c-1"))
            try await relay.waitForDeliveries(delivered: 300, within: .seconds(30))
            let metrics = try await relay.ask("/metrics")
            #expect(metrics.sample(#"flock_relay_attempt_errors_total{class="timeout"}"#) == 0)
            #expect(metrics.sample(#"flock_relay_attempts_total{outcome="error"}"#) <= 30)
            #expect(receiver.requests.allSatisfy { $0.body.count > 100 })
        }
    }

    @Test func aRefusedConnectionIsConnectionRefused() async throws {
        let receiver = try await RawReceiver()
        let attempt = try await attempt(receiver.url()) { await receiver.close() }
        #expect(attempt.error.text == "connection_refused")
    }

    @Test(arguments: [RawAnswer.bytesThenClose(""), .reset])
    func aClosedConnectionIsConnectionReset(answer: RawAnswer) async throws {
        #expect(try await attempt(answered: answer).error.text == "connection_reset")
    }

    @Test func anUnknownNameIsADNSError() async throws {
        #expect(try await attempt("http://nowhere.invalid/hook").error.text == "dns_error")
    }

    @Test func aPortWithoutTLSIsATLSError() async throws {
        let receiver = try await RawReceiver { _ in .ok }
        let attempt = try await attempt(
            "https://127.0.0.1:\(receiver.port)/", arguments: ["--timeout", "5s"])
        #expect(["tls_error", "timeout"].contains(attempt.error.text))
    }

    @Test(arguments: ["NONSENSE\r\n\r\n", "220 mail.example ESMTP\r\n", "HTTP/9.9 200 OK\r\n\r\n"])
    func anAnswerThatIsNotHTTPIsAProtocolError(text: String) async throws {
        #expect(try await attempt(answered: .bytesThenClose(text)).error.text == "protocol_error")
    }

    @Test func endlessHeadersAreTooLarge() async throws {
        let flood = "HTTP/1.1 200 OK\r\nX: " + String(repeating: "x", count: 1 << 20)
        let error = try await attempt(answered: .bytes(flood), arguments: ["--timeout", "5s"]).error.text
        #expect(error == "response_too_large")
    }

    /// The final status line and headers decide; nothing after them matters.
    @Test(arguments: [
        RawAnswer.status(201), .status(299), .bytes("HTTP/1.1 204 No Content\r\n\r\n"),
        .bytes(
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
        ),
        .bytesThenClose("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nshort"),
        .bytes("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nshort"),
        .bytesThenClose("HTTP/1.0 200 OK\r\n\r\n"),
        .bytes("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnot a chunk\r\n"),
        .bytes("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope"),
        .bytes("HTTP/1.1 200 OK\r\nContent-Length: 50000000\r\n\r\n" + String(repeating: "x", count: 8 << 20)),
    ])
    func everySuccessStatusIsDelivered(answer: RawAnswer) async throws {
        let attempt = try await attempt(answered: answer, arguments: ["--timeout", "5s"])
        #expect((200...299).contains(attempt.status.count) && attempt.error == .null, "\(attempt)")
    }
}
