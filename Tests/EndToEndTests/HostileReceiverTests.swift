import Domain
import Foundation
import Glibc
import TestSupport
import Testing

extension EndToEndTests {
    /// Answers that crash Foundation's own HTTP code (rows 1 and 2 of docs/urlsession.md) are answers like
    /// any other here.
    @Suite struct HostileReceiverTests {
        static let answers: [(answer: RawAnswer, error: String?)] = [
            (.truncatedHeader, nil), (.bytesThenClose("HTTP/1.1 503 No\r\nContent-Le"), "http_503"),
            (.deadlyRedirect(), "http_302"), (.deadlyRedirect("//[::1]/a"), "http_302"),
            (.status(307, ["Location": "//%00/"]), "http_307"),
        ]

        @Test(
            "A reply that crashes Foundation's HTTP code affects neither the daemon nor other deliveries",
            arguments: answers)
        func answersThatCrashFoundation(answer: RawAnswer, error: String?) async throws {
            let hostile = try await RawReceiver { _ in .after(.milliseconds(100), answer) }
            let healthy = try await RawReceiver { _ in .after(.milliseconds(50), .ok) }
            try await RelayProcess.run("--retry-max-retries", "0", "--sessions", "1") { relay in
                let writer = try await relay.writer(grace: false)
                try await writer.send(Lines.registration("hostile", hostile.url()), Lines.artifact("a1", "hostile"))
                try await writer.send(
                    [Lines.registration("healthy", healthy.url())] + Lines.artifacts(1...50, "healthy"))
                let hasFailed = error != nil
                try await relay.waitForDeliveries(delivered: hasFailed ? 50 : 51, failed: hasFailed ? 1 : 0)
                let attempt = try await relay.correlation("hostile").deliveries[0].attempts[0]
                #expect(attempt.error.text == error)
                let deliveries = try await relay.correlation("healthy").deliveries.list
                #expect(deliveries.allSatisfy { $0.attempts.list.count == 1 }, "a healthy delivery was retried")
                #expect(relay.ended() == nil)
            }
        }

        /// Processor time that a process has used, in seconds (proc_pid_stat(5), fields 14 and 15).
        private func processorSeconds(_ process: Int32) throws -> Double {
            let text = try String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
            let fields = text[(try #require(text.lastIndex(of: ")")))...].split(separator: " ")
            return (11...12).compactMap { Double(fields[$0]) }.reduce(0, +) / Double(sysconf(Int32(_SC_CLK_TCK)))
        }

        @Test func aSilentReceiverCostsNoProcessorTime() async throws {
            let silent = try await RawReceiver { _ in .hang }
            try await RelayProcess.run("--timeout", "3s", "--retry-max-retries", "0") { relay in
                let writer = try await relay.writer(grace: false)
                try await writer.send([Lines.registration("c-1", silent.url())] + Lines.artifacts(1...4, "c-1"))
                try await eventually("all requests have come") { silent.requests.count == 4 }
                // No status query during the measurement: each costs processor time.
                let before = try processorSeconds(relay.processID)
                try await Task.sleep(for: .seconds(2))
                #expect(try processorSeconds(relay.processID) - before < 0.3, "seconds, within two seconds")
                try await relay.waitForDeliveries(delivered: 0, failed: 4)
            }
        }

        @Test("Responses whose bodies never arrive hold no connection for long")
        func missingBodiesReleaseTheirConnections() async throws {
            let receiver = try await RawReceiver { _ in .bytes("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n") }
            try await RelayProcess.run("--sessions", "1") { relay in
                let writer = try await relay.writer(grace: false)
                try await writer.send([Lines.registration("c-1", receiver.url())] + Lines.artifacts(1...1_000, "c-1"))
                var maxConnections = 0
                try await relay.waitForStatus("all are delivered", within: .seconds(30)) { status in
                    maxConnections = max(maxConnections, status.sessions[0].connections.count)
                    return status.deliveries.delivered.count == 1_000
                }
                #expect(maxConnections <= 64 + 8, "connections whose body is still read, and those in flight")
                try await eventually("the last of them ends") {
                    try await relay.status().sessions[0].connections.count == 0
                }
            }
        }
    }
}
