import Domain
import Synchronization
import TestSupport
import Testing

extension EndToEndTests {
    /// Receivers that accept nothing fill the outbox, first the share of one origin, then all of it.
    @Suite struct FullOutboxTests {
        /// Lines with payloads of this size. Fifteen of 17 kB are less than a quarter of a mebibyte, sixteen are more.
        private static func artifacts(_ range: ClosedRange<Int>, _ workflow: String, kilobytes: Int = 17) -> [String] {
            let payload = #"{"text":""# + String(repeating: "x", count: kilobytes * 1_000 - 500) + #""}"#
            return range.map { Lines.artifact("\(workflow)-\($0)", workflow, payload: payload) }
        }

        private static let obstruction =
            "Not accepting events; writers that read acknowledgements are blocked, lines of others are dropped"

        @Test func anOriginOverItsQuarterFailsAlone() async throws {
            let dead = try await RawReceiver { _ in .status(503) }
            let healthy = try await RawReceiver()
            try await RelayProcess.run("--outbox-max", "1MiB", "--retry-base-delay", "60s") { relay in
                let writer = try await relay.writer(grace: false)
                try await writer.send([Lines.registration("dead", dead.url())] + Self.artifacts(1...40, "dead"))
                try await writer.waitForAcknowledgement(of: 42)
                try await writer.send(Lines.registration("healthy", healthy.url()))
                try await writer.send(Self.artifacts(1...14, "healthy"))
                try await writer.waitForAcknowledgement(of: 57)
                try await relay.waitForDeliveries(delivered: 14, failed: 25)
                try await relay.waitForStatus("a quarter of the outbox is used") { $0.deliveries.pending.count == 15 }
                let metrics = try await relay.ask("/metrics")
                #expect(metrics.sample(#"flock_relay_failed_total{reason="backlog_full"}"#) == 25)
                #expect(try await relay.ask("/readyz").status == 200)
            }
        }

        /// A full outbox accepts lines again, without a restart, when there is room.
        @Test func aFullOutboxBlocksWritersWithAcknowledgementsAndDropsLinesOfOthers() async throws {
            let answers = Mutex(false)
            var receivers: [RawReceiver] = []
            for _ in 1...5 {
                receivers.append(try await RawReceiver { _ in answers.withLock { $0 } ? .ok : .status(503) })
            }
            try await RelayProcess.run(
                "--outbox-max", "1MiB", "--retry-base-delay", "1s", "--retry-multiplier", "1",
                "--retry-max-retries", "99"
            ) { relay in
                let held = try await relay.writer(grace: false)
                for (number, receiver) in receivers.enumerated() {
                    try await held.send(Lines.registration("w\(number)", receiver.url()))
                }
                for number in 0...3 { try await held.send(Self.artifacts(1...15, "w\(number)")) }
                try await held.waitForAcknowledgement(of: 66)
                let plain = try await relay.writer(greets: false)
                try await flood(plain, 101...140)
                try await eventually("every line is dropped") { try await self.dropped(relay) == 40 }
                // A line that adds no artifact needs no room.
                let other = try await relay.writer(grace: false)
                try await other.send(Lines.artifact("a1", "unknown"), Lines.registration("w5", receivers[4].url()))
                try await other.waitForAcknowledgement(of: 3)
                try await Task.sleep(for: .milliseconds(500))
                try await plain.write((Lines.artifact("small", "w4") + "\n").utf8)
                try await relay.waitForStatus("a small one still fits in") { $0.deliveries.pending.count == 61 }
                try await expectFull(relay)
                try await held.send(Self.artifacts(1...15, "w4"))
                try await Task.sleep(for: .milliseconds(1_500))
                try await flood(plain, 141...180)
                try await eventually("every line is dropped") { try await self.dropped(relay) == 80 }
                try await expectFull(relay)
                #expect(relay.logRecords(Self.obstruction).count == 1, "the relay was never ready in between")
                #expect(held.acknowledged < 81)
                answers.withLock { $0 = true }
                try await held.waitForAcknowledgement(of: 81)
                try await plain.write((Lines.artifact("last", "w4") + "\n").utf8)
                try await relay.waitForDeliveries(delivered: 61 + 15 + 1)
                #expect(receivers.last?.requests.contains { $0.artifact == "last" } == true)
            }
        }

        /// Writes large lines; this must not take longer than a writer without acknowledgements may be blocked.
        private func flood(_ plain: LineClient, _ range: ClosedRange<Int>) async throws {
            let lines = Self.artifacts(range, "w4", kilobytes: 60).map { $0 + "\n" }
            let took = try await ContinuousClock().measure { try await plain.write(lines.joined().utf8) }
            #expect(took < .seconds(3))
        }

        private func expectFull(_ relay: RelayProcess) async throws {
            let readiness = try await relay.ask("/readyz")
            #expect(readiness.status == 503 && readiness.text.contains("outbox-max"), "\(readiness.text)")
            let metrics = try await relay.ask("/metrics")
            #expect(metrics.text.contains("\nflock_relay_ready 0\n"))
            #expect(metrics.sample("flock_relay_outbox_max_bytes") == Double(1 << 20))
        }

        private func dropped(_ relay: RelayProcess) async throws -> Double {
            try await relay.ask("/metrics").sample("flock_relay_dropped_lines_total")
        }
    }
}
