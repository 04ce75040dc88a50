import Foundation
import TestSupport
import Testing

/// When failed attempts are repeated. These tests mostly wait, so they run in parallel.
@Suite(.timeLimit(.minutes(1))) struct RetryTests {
    /// Seconds that a busy machine may add to a wait.
    private static let slack = 0.7

    /// Seconds between consecutive arrivals.
    private static func gaps(_ requests: [RawRequest]) -> [Double] {
        zip(requests, requests.dropFirst()).map { earlier, later in
            let gap = (later.arrivedAt - earlier.arrivedAt).components
            return Double(gap.seconds) + Double(gap.attoseconds) / 1e18
        }
    }

    /// Each wait is at least the policy's backoff, and longer by at most the jitter.
    private static func check(
        _ requests: [RawRequest], waits: [Double], location: SourceLocation = #_sourceLocation
    ) {
        let gaps = gaps(requests)
        #expect(gaps.count == waits.count, sourceLocation: location)
        for (gap, wait) in zip(gaps, waits) {
            #expect(gap >= wait && gap <= wait * 1.1 + slack, "\(gaps)", sourceLocation: location)
        }
        #expect(requests.map(\.attempt) == Array(1...requests.count), sourceLocation: location)
        #expect(Set(requests.map(\.body)).count == 1, sourceLocation: location)
        #expect(Set(requests.map { $0.header("webhook-id") }).count == 1, sourceLocation: location)
    }

    private func deliverOne(_ relay: RelayProcess, to receiver: RawReceiver, _ options: String = "") async throws {
        let writer = try await relay.writer()
        try await writer.send(Lines.registration("c-1", receiver.url(), options), Lines.artifact("a-1", "c-1"))
        try await writer.waitForAcknowledgement(of: 3)
    }

    @Test func aDeliveryRecoversAfterTwoFailures() async throws {
        let receiver = try await RawReceiver { $0.seenBefore < 2 ? .status(500) : .ok }
        try await RelayProcess.run { relay in
            try await deliverOne(relay, to: receiver, #","webhook_secret":"s""#)
            let status = try await relay.waitForDeliveries(delivered: 1)
            Self.check(receiver.requests, waits: [1, 2])
            #expect(status.deliveries.recovered.count == 1)
            #expect(status.attempts.count == 3)
            for request in receiver.requests {
                let id = request.header("webhook-id") ?? ""
                let time = request.header("webhook-timestamp") ?? ""
                let signed = Array("\(id).\(time).".utf8) + request.body
                let signature = try await OpenSSL.base64HMAC(key: Array("s".utf8), signed)
                #expect(request.header("webhook-signature") == "v1,\(signature)")
            }
            #expect(Set(receiver.requests.map { $0.header("webhook-timestamp") }).count == 3)
            let metrics = try await relay.ask("/metrics")
            #expect(metrics.sample("flock_relay_recovered_total") == 1)
            #expect(metrics.sample(#"flock_relay_attempts_total{outcome="non_2xx"}"#) == 2)
            #expect(metrics.sample(#"flock_relay_attempts_total{outcome="2xx"}"#) == 1)
        }
    }

    @Test func aDeliveryFailsAfterFourAttempts() async throws {
        let receiver = try await RawReceiver { _ in .status(503) }
        try await RelayProcess.run { relay in
            try await deliverOne(relay, to: receiver)
            let status = try await relay.waitForDeliveries(failed: 1)
            Self.check(receiver.requests, waits: [1, 2, 4])
            #expect(status.deliveries.pending.count == 0 && status.deliveries.recovered.count == 0)
            #expect(status.deliveries.failed_by_reason.object.mapValues(\.count) == ["http_503": 1])
            try await checkFailureIsVisible(relay)
        }
    }

    private func checkFailureIsVisible(_ relay: RelayProcess) async throws {
        let correlation = try await relay.correlation("c-1")
        #expect(correlation.state.text == "finished" && correlation.failed.count == 1)
        let delivery = correlation.deliveries[0]
        #expect(delivery.state.text == "failed" && delivery.reason.text == "http_503")
        #expect(delivery.attempts.list.map(\.attempt.count) == [1, 2, 3, 4])
        #expect(delivery.attempts.list.allSatisfy { $0.status.count == 503 && ($0.duration_ms.number ?? -1) > 0 })

        let table = try await Binary.run("status", "--status-socket", relay.statusSocket)
        #expect(table.exit == .code(0))
        #expect(table.output.contains("1 failed") && table.output.contains("1 http_503"))
        let workflow = try await Binary.run("status", "c-1", "--status-socket", relay.statusSocket)
        #expect(workflow.output.contains("failed after 4 attempts: answered 503"))
        #expect(workflow.output.contains("attempt 4: answered 503 in "))
        let json = try await Binary.run("status", "c-1", "--json", "--status-socket", relay.statusSocket)
        #expect(try JSON(parsing: json.output.utf8) == correlation)

        let records = relay.logRecords("delivery.attempted")
        #expect(records.map(\.attempt.number) == [1, 2, 3, 4])
        for record in records {
            #expect(record.correlation_id.text == "c-1" && record.artifact_id.text == "a-1")
            #expect(record.sequence.number == 1 && record.status.number == 503)
            #expect(record.origin.text?.hasPrefix("http://127.0.0.1:") == true && record.duration_ms.number != nil)
        }
        #expect(records.map { $0.next_attempt_at.text != nil } == [true, true, true, false])
        let metrics = try await relay.ask("/metrics")
        #expect(metrics.sample(#"flock_relay_failed_total{reason="http_503"}"#) == 1)
        #expect(metrics.sample(#"flock_relay_deliveries_total{outcome="failed"}"#) == 1)
    }

    /// Retry-After in seconds, with 429 and 503, lengthens a wait up to `max-delay`; it never shortens it.
    @Test(arguments: [
        (429, "2", 2.0), (503, "3600", 3.0), (503, "0", 1.0), (500, "3600", 1.0), (503, "soon", 1.0), (503, "-1", 1.0),
    ])
    func retryAfterInSecondsLengthensTheWait(status: Int, header: String, wait: Double) async throws {
        let receiver = try await RawReceiver { request in
            request.seenBefore == 0 ? .status(status, ["Retry-After": header]) : .ok
        }
        try await RelayProcess.run("--retry-max-delay", "3s", "--retry-jitter", "0") { relay in
            try await deliverOne(relay, to: receiver)
            try await relay.waitForDeliveries(delivered: 1)
            Self.check(receiver.requests, waits: [wait])
        }
    }

    @Test func retryAfterAsADateLengthensTheWait() async throws {
        let receiver = try await RawReceiver { request in
            let formatter = DateFormatter()
            formatter.locale = Locale(identifier: "en_US_POSIX")
            formatter.timeZone = TimeZone(identifier: "GMT")
            formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
            let date = formatter.string(from: .now.addingTimeInterval(4))
            return request.seenBefore == 0 ? .status(503, ["Retry-After": date]) : .ok
        }
        try await RelayProcess.run { relay in
            try await deliverOne(relay, to: receiver)
            try await relay.waitForDeliveries(delivered: 1)
            // The date has whole seconds, so the wait may be up to one second shorter than four.
            let gap = Self.gaps(receiver.requests)[0]
            #expect(gap >= 2.9 && gap < 4.1 + Self.slack)
        }
    }

    @Test(arguments: [(#","max_retries":0"#, 1), (#","max_retries":1"#, 2), ("", 3)])
    func theRegistrationLimitsRetries(options: String, attempts: Int) async throws {
        let receiver = try await RawReceiver { _ in .status(404) }
        try await RelayProcess.run(
            "--retry-max-retries", "2", "--retry-base-delay", "50ms", "--retry-multiplier", "1"
        ) { relay in
            try await deliverOne(relay, to: receiver, options)
            let status = try await relay.waitForDeliveries(failed: 1)
            #expect(receiver.requests.count == attempts && status.attempts.count == attempts)
        }
    }

    @Test func aFinalStatusFailsADeliveryAtOnce() async throws {
        let receiver = try await RawReceiver { _ in .status(410) }
        try await RelayProcess.run("--retry-final-statuses", "410") { relay in
            try await deliverOne(relay, to: receiver)
            try await relay.waitForDeliveries(failed: 1)
            #expect(receiver.requests.count == 1)
        }
    }

    /// A waiting retry holds no slot: other artifacts of the same workflow and origin are sent at once.
    @Test func waitingRetriesDelayNoOtherDelivery() async throws {
        let receiver = try await RawReceiver { $0.artifact == "a1" ? .status(500) : .ok }
        try await RelayProcess.run(
            "--concurrency-per-origin", "1", "--retry-base-delay", "30s", "--retry-max-delay", "60s"
        ) { relay in
            let writer = try await relay.writer()
            try await writer.send([Lines.registration("c-1", receiver.url())] + Lines.artifacts(1...30, "c-1"))
            let status = try await relay.waitForStatus("29 delivered") { $0.deliveries.delivered.count == 29 }
            #expect(status.deliveries.pending.count == 1)
            #expect(status.origins[0].state.text == "answering")
        }
    }
}
