import Glibc
import TestSupport
import Testing

extension EndToEndTests {
    /// The stop ends in time even if the disk takes no writes.
    @Suite struct StopTests {
        /// Fills the outbox until its file has reached a limit. The writer is then blocked.
        private func fill(_ relay: RelayProcess, _ receiver: RawReceiver) async throws {
            let writer = try await relay.writer(grace: false)
            try await writer.send(Lines.registration("c-1", receiver.url()))
            let payload = #"{"text":""# + String(repeating: "x", count: 400_000) + #""}"#
            let writing = Task {
                try await writer.send((1...80).map { Lines.artifact("a\($0)", "c-1", payload: payload) })
            }
            defer { writing.cancel() }
            try await eventually("the disk is full") { try await relay.ask("/readyz").status == 503 }
        }

        private func expectExit(_ relay: RelayProcess, within limit: Duration) async throws {
            let start = ContinuousClock.now
            relay.send(SIGTERM)
            #expect(try await relay.waitForExit(within: .seconds(30)) == .code(0))
            #expect(ContinuousClock.now - start < limit)
        }

        /// `prlimit --fsize` makes writing beyond a size fail, as a full disk does.
        @Test func aFullDiskDoesNotDelayTheStop() async throws {
            let receiver = try await RawReceiver { _ in .hang }
            try await RelayProcess.run(
                "--drain-timeout", "1s", "--timeout", "60s", through: ["prlimit", "--fsize=12000000"]
            ) { relay in
                try await fill(relay, receiver)
                try await expectExit(relay, within: .seconds(3))
            }
        }

        /// Attempts that end during the drain cannot be recorded. No attempt starts after the drain time.
        @Test func attemptsThatCannotBeRecordedDoNotDelayTheStop() async throws {
            let receiver = try await RawReceiver { _ in .after(.milliseconds(300), .status(500)) }
            try await RelayProcess.run(
                "--drain-timeout", "1s", "--retry-base-delay", "100ms", "--retry-multiplier", "1",
                "--retry-max-retries", "100", through: ["prlimit", "--fsize=12000000"]
            ) { relay in
                try await fill(relay, receiver)
                try await receiver.wait(for: 20)
                try await expectExit(relay, within: .seconds(3))
                let count = receiver.requests.count
                #expect(receiver.requests.count == count)
                #expect(relay.logRecords("Stopped").count == 1)
            }
        }
    }
}
