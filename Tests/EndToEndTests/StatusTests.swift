import Foundation
import TestSupport
import Testing

extension EndToEndTests {
    /// The status socket: docs/operations.md.
    @Suite struct StatusTests {
        @Test func everyRouteHasItsStatusCode() async throws {
            try await RelayProcess.run { relay in
                for route in ["/healthz", "/readyz", "/status", "/metrics", "/correlations", "/status?x=1"] {
                    #expect(try await relay.ask(route).status == 200, "\(route)")
                }
                for route in [
                    "/nothing", "/correlations/unknown", "/status/x", "/correlations/%zz", "//status", "/../status",
                ] {
                    let answer = try await relay.ask(route)
                    let error = try answer.json.error.text
                    #expect(answer.status == 404 && error?.isEmpty == false, "\(route)")
                }
                for method in ["POST", "PUT", "DELETE", "PATCH"] {
                    let answer = try await relay.ask("/status", method: method)
                    let error = try answer.json.error.text
                    #expect(answer.status == 405 && error?.isEmpty == false, "\(method)")
                    #expect(answer.head.lowercased().contains("allow: get"))
                }
            }
        }

        @Test func statusHasTheDocumentedFields() async throws {
            let receiver = try await RawReceiver()
            try await RelayProcess.run("--sessions", "2") { relay in
                let writer = try await relay.writer(grace: false)
                try await writer.send([Lines.registration("c-1", receiver.url())] + Lines.artifacts(1...5, "c-1"))
                let status = try await relay.waitForDeliveries(delivered: 5)
                #expect(status.version.text?.isEmpty == false && (status.uptime_seconds.number ?? 0) > 0)
                #expect(
                    status.received.object.mapValues(\.count) == [
                        "hello": 1, "webhook_registered": 1, "message_published": 5,
                    ])
                #expect(status.attempts.count == 5 && status.deliveries.in_flight.count == 0)
                for window in [status.latency.created_to_delivered, status.latency.received_to_delivered] {
                    #expect(window["count"].count == 5)
                    let edges = [window.p50_ms, window.p95_ms, window.p99_ms].compactMap(\.number)
                    #expect(edges.count == 3 && edges == edges.sorted() && edges[0] >= 0)
                }
                #expect(status.outbox_bytes.count == 0 && status.oldest_pending_seconds.number == 0)
                #expect(status.sessions.list.count == 2)
            }
        }

        @Test func pendingWorkIsVisible() async throws {
            let receiver = try await RawReceiver { _ in .hang }
            try await RelayProcess.run("--timeout", "60s") { relay in
                let writer = try await relay.writer(grace: false)
                try await writer.send([Lines.registration("c-1", receiver.url())] + Lines.artifacts(1...20, "c-1"))
                try await receiver.wait(for: 8)
                let status = try await relay.waitForStatus("twenty pending") {
                    $0.deliveries.pending.count == 20 && $0.origins[0].pending.count == 20
                }
                #expect(status.deliveries.in_flight.count == 8)
                #expect(status.outbox_bytes.count > 20 * 100)
                #expect(status.origins.list.count == 1)
                #expect(status.origins[0].in_flight.count == 8)
                #expect(status.sessions.list.map(\.in_flight.count).reduce(0, +) == 8)
                let metrics = try await relay.ask("/metrics")
                #expect(metrics.sample("flock_relay_pending") == 20 && metrics.sample("flock_relay_in_flight") == 8)
                #expect(receiver.requests.count == 8)
            }
        }

        @Test func correlationsAreListedNewestFirst() async throws {
            let receiver = try await RawReceiver { $0.target == "/hang" ? .hang : .ok }
            try await RelayProcess.run { relay in
                let writer = try await relay.writer(grace: false)
                for number in 1...5 {
                    let url = receiver.url(number == 3 ? "/hang" : "/ok")
                    try await writer.send(Lines.registration("c-\(number)", url), Lines.artifact("a1", "c-\(number)"))
                    try await relay.waitForStatus("\(number) registered") { $0.registrations.count == number }
                    if number != 3 { try await receiver.wait(for: number < 3 ? number : number - 1, to: "/ok") }
                }
                try await relay.waitForDeliveries(delivered: 4)
                func list(_ query: String) async throws -> [String?] {
                    try await relay.ask("/correlations\(query)").json.correlations.list.map(\.correlation_id.text)
                }
                #expect(try await list("?state=active") == ["c-3"])
                #expect(try await list("?state=finished") == ["c-5", "c-4", "c-2", "c-1"])
                #expect(try await list("?limit=1") == ["c-5"])
                #expect(try await list("").count == 5)
                #expect(try await relay.ask("/correlations?limit=x").status == 400)
                #expect(try await relay.ask("/correlations?state=x").status == 400)
            }
        }

        @Test func percentEncodedIDsAreFound() async throws {
            let receiver = try await RawReceiver()
            try await RelayProcess.run { relay in
                let writer = try await relay.writer(grace: false)
                try await writer.send(Lines.registration("a/b c?é%", receiver.url()), Lines.artifact("a1", "a/b c?é%"))
                try await relay.waitForDeliveries(delivered: 1)
                #expect(try await relay.correlation("a%2Fb%20c%3F%C3%A9%25").correlation_id.text == "a/b c?é%")
                let table = try await Binary.run("status", "a/b c?é%", "--status-socket", relay.statusSocket)
                #expect(table.exit == .code(0) && table.output.contains("a/b c?é%"))
            }
        }

        /// Names are those of docs/operations.md, every value is a number, and every series has a TYPE line.
        @Test func metricsAreInPrometheusFormat() async throws {
            let receiver = try await RawReceiver { $0.artifact == "a1" ? .status(500) : .ok }
            try await RelayProcess.run("--retry-max-retries", "0") { relay in
                let writer = try await relay.writer(grace: false)
                try await writer.send([Lines.registration("c-1", receiver.url()), "x"] + Lines.artifacts(1...2, "c-1"))
                try await relay.waitForDeliveries(delivered: 1, failed: 1)
                let answer = try await relay.ask("/metrics")
                #expect(answer.head.lowercased().contains("content-type: text/plain; version=0.0.4"))
                let names =
                    [
                        "events_total", "rejected_lines_total", "unmatched_total", "withheld_total", "duplicates_total",
                        "filtered_total",
                        "deliveries_total", "failed_total", "recovered_total", "attempts_total", "attempt_errors_total",
                        "delivery_latency_seconds", "attempt_duration_seconds", "pending", "in_flight",
                        "oldest_pending_seconds", "registrations", "outbox_bytes", "session_stalls_total",
                        "build_info", "ready", "outbox_max_bytes",
                    ].map { "flock_relay_\($0)" } + [
                        "process_resident_memory_bytes", "process_open_fds", "process_start_time_seconds",
                    ]
                for name in names { #expect(answer.text.contains("# TYPE \(name) "), "\(name)") }
                for line in answer.text.split(separator: "\n") where !line.hasPrefix("#") {
                    let value = line.split(separator: " ").last.map(String.init) ?? ""
                    #expect(Double(value) != nil || value == "+Inf", "\(line)")
                }
                #expect(answer.sample("flock_relay_ready") == 1)
                #expect(answer.sample("flock_relay_outbox_max_bytes") == Double(4 << 30))
                #expect(abs(answer.sample("process_start_time_seconds") - Date().timeIntervalSince1970) < 60)
                #expect(answer.sample(#"flock_relay_delivery_latency_seconds_bucket{le="0.5"}"#) >= 0)
                #expect(answer.text.contains(#"flock_relay_delivery_latency_seconds_bucket{le="0.5"}"#))
            }
        }

        /// A browser can reach the TCP port, so only requests with a Host of this machine are answered.
        @Test func tcpAnswersOnlyHostsOfThisMachine() async throws {
            let free = try await RawReceiver()
            await free.close()
            try await RelayProcess.run("--metrics-listen", "127.0.0.1:\(free.port)") { relay in
                for host in ["127.0.0.1", "localhost", "127.0.0.1:\(free.port)", "localhost:1"] {
                    let answer = try await StatusAnswer.get("/metrics", host: host, port: free.port)
                    #expect(answer.status == 200 && answer.text.contains("flock_relay_build_info"), "\(host)")
                }
                for host in ["evil.example", "", "127.0.0.1.evil.example", "localhost.evil.example:80", "relay"] {
                    let answer = try await StatusAnswer.get("/status", host: host, port: free.port)
                    #expect(answer.status == 403 && !answer.text.contains("sessions"), "\(host)")
                }
                #expect(try await StatusAnswer.get("/status", host: "localhost", port: free.port).status == 200)
            }
        }

        @Test func tcpListensOnIPv6() async throws {
            let free = try await RawReceiver()
            await free.close()
            try await RelayProcess.run("--metrics-listen", "[::1]:\(free.port)") { relay in
                for host in ["[::1]:\(free.port)", "localhost"] {
                    let answer = try await StatusAnswer.get("/status", host: host, address: "::1", port: free.port)
                    #expect(answer.status == 200, "\(host)")
                }
                let rebound = try await StatusAnswer.get(
                    "/status", host: "evil.example", address: "::1", port: free.port)
                #expect(rebound.status == 403)
            }
        }

        @Test func concurrentRequestsAreAllAnswered() async throws {
            try await RelayProcess.run { relay in
                try await withThrowingTaskGroup(of: Int.self) { tasks in
                    for number in 0..<200 {
                        tasks.addTask {
                            try await relay.ask(["/status", "/metrics", "/readyz"][number % 3]).status
                        }
                    }
                    for try await status in tasks { #expect(status == 200) }
                }
            }
        }
    }
}
