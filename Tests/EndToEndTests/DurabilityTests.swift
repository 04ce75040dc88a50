import Glibc
import TestSupport
import Testing

extension EndToEndTests {
    /// What is acknowledged is delivered, even if the relay is killed or restarted in between.
    @Suite struct DurabilityTests {
        /// Accepts fifty artifacts for a receiver that is not running, ends, and starts again with the receiver.
        @Test(arguments: [SIGKILL, SIGTERM])
        func pendingDeliveriesAreSentAfterARestart(signal: Int32) async throws {
            let receiver = try await RawReceiver { _ in .hang }
            let again = try await RawReceiver()
            try await TemporaryDirectory.with { directory in
                let options = ["--drain-timeout", "100ms", "--retry-base-delay", "100ms"]
                let first = try RelayProcess(options, in: directory)
                defer { first.end() }
                try await first.waitUntilReady()
                let writer = try await first.writer(grace: false)
                let secret = #","webhook_secret":"s","ordering":"ordered""#
                try await writer.send(
                    [Lines.registration("c-1", receiver.url(), secret)] + Lines.artifacts(1...30, "c-1"))
                try await writer.send(
                    [Lines.registration("c-1", again.url(), secret)] + Lines.artifacts(31...50, "c-1"))
                try await writer.waitForAcknowledgement(of: 53)
                try await receiver.wait(for: 1)
                first.send(signal)
                _ = try await first.waitForExit()
                if signal == SIGTERM { #expect(first.logRecords("Stopped").last?.deliveries_remaining.number == 50) }
                try await checkAfterRestart(directory, options, receiver, again)
            }
        }

        private func checkAfterRestart(
            _ directory: String, _ options: [String], _ receiver: RawReceiver, _ again: RawReceiver
        ) async throws {
            let relay = try RelayProcess(options + ["--timeout", "300ms", "--retry-max-retries", "0"], in: directory)
            defer { relay.end() }
            try await relay.waitUntilReady()
            // The first delivery still hangs, so the rest of the ordered workflow waits.
            try await eventually("the first delivery is attempted again") { receiver.requests.count >= 2 }
            let writer = try await relay.writer(grace: false)
            try await writer.send(Lines.registration("c-2", again.url()), Lines.artifact("a1", "c-2"))
            try await writer.send(Lines.artifacts(50...51, "c-1"))
            try await writer.waitForAcknowledgement(of: 5)
            #expect(try await relay.status().duplicates.count == 1)
            let deliveries = try await relay.correlation("c-1").deliveries.list
            #expect(deliveries.map(\.sequence.count).sorted() == Array(1...51))
            #expect(try await relay.correlation("c-1").last_sequence.count == 51)
            let attempts = receiver.requests.filter { $0.sequence == 1 }
            #expect(Set(attempts.map { $0.header("webhook-id") }).count == 1)
            #expect(Set(attempts.map(\.body)).count == 1)
            try await again.wait(for: 1)
        }

        /// A waiting retry survives as well, and goes to the receiver for which it was accepted.
        @Test func aKilledRelayLosesNothing() async throws {
            let receiver = try await RawReceiver {
                $0.sequence.isMultiple(of: 3) && $0.attempt == 1 ? .status(500) : .ok
            }
            try await TemporaryDirectory.with { directory in
                for life in 0..<3 {
                    let relay = try RelayProcess(in: directory)
                    defer { relay.end() }
                    try await relay.waitUntilReady()
                    let writer = try await relay.writer(grace: false)
                    if life == 0 { try await writer.send(Lines.registration("c-1", receiver.url())) }
                    try await writer.send(Lines.artifacts((1 + 100 * life)...(100 + 100 * life), "c-1"))
                    try await writer.waitForAcknowledgement(of: life == 0 ? 102 : 101)
                    try await receiver.wait(for: 20 + 60 * life)
                    relay.send(SIGKILL)
                    _ = try await relay.waitForExit()
                }
                let last = try RelayProcess(in: directory)
                defer { last.end() }
                try await last.waitUntilReady()
                try await eventually("all three hundred are delivered", within: .seconds(30)) {
                    try await last.correlation("c-1").delivered.count == 300
                }
                #expect(Set(receiver.requests.map(\.sequence)) == Set(1...300))
                for (sequence, requests) in Dictionary(grouping: receiver.requests, by: \.sequence) {
                    #expect(Set(requests.map(\.artifact)) == ["a\(sequence)"])
                }
                let deliveries = try await last.correlation("c-1").deliveries.list
                #expect(deliveries.allSatisfy { $0.attempts.list.count <= 2 }, "a crash counts as an attempt")
            }
        }

        @Test func anEphemeralRelayForgetsPendingDeliveries() async throws {
            let receiver = try await RawReceiver { _ in .status(500) }
            try await TemporaryDirectory.with { directory in
                let first = try RelayProcess(["--ephemeral"], in: directory)
                defer { first.end() }
                try await first.waitUntilReady()
                let writer = try await first.writer(grace: false)
                try await writer.send(Lines.registration("c-1", receiver.url()), Lines.artifact("a1", "c-1"))
                try await receiver.wait(for: 1)
                first.send(SIGTERM)
                #expect(try await first.waitForExit() == .code(0))
                let second = try RelayProcess(["--ephemeral"], in: directory)
                defer { second.end() }
                try await second.waitUntilReady()
                #expect(try await second.status().deliveries.pending.count == 0)
                #expect(try await second.ask("/correlations/c-1").status == 404)
            }
        }
    }
}
